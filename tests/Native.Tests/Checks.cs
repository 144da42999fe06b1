namespace Alloc.Native.Tests;

internal static unsafe class Checks
{
    /// <summary>How long a wait may take before the test counts as hung: generous, since two cores may be shared.</summary>
    public static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(120);

    public static void NothingOut(PageAllocator allocator)
    {
        PageAllocatorStatistics statistics = allocator.GetStatistics();
        Assert.Equal(0, statistics.LivePages);
        Assert.Equal(0, statistics.LiveBlocks);
        Assert.Equal(0, statistics.LiveBytes);
    }

    public static void IsZero(Page page)
    {
        Assert.False(page.AsSpan().ContainsAnyExcept((byte)0));
        OwnerWordsAreZero(page);
    }

    public static void OwnerWordsAreZero(Page page)
    {
        PageDescriptor* d = page.Descriptor;
        Assert.Equal(0ul, d->Word0 | d->Word1 | d->Word2 | d->Word3 | d->Word4);
    }

    public static void Soil(Page page)
    {
        page.AsSpan().Fill(0xa5);
        PageDescriptor* d = page.Descriptor;
        d->Word0 = d->Word1 = d->Word2 = d->Word3 = d->Word4 = ulong.MaxValue;
    }

    /// <summary>Runs the bodies on threads of their own; the first exception of any is thrown here.</summary>
    public static void InParallel(int threads, Action<int> body)
    {
        Exception? failure = null;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            try
            {
                body(i);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, e, null);
            }
        })
        { IsBackground = true })];
        foreach (Thread thread in all)
            thread.Start();
        foreach (Thread thread in all)
            Assert.True(thread.Join(Watchdog), "A thread hangs.");
        if (failure != null)
            throw new AggregateException(failure);
    }
}

/// <summary>A theory that needs <c>/proc</c>; elsewhere the report says that it was skipped.</summary>
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "Needs /proc/self/statm.";
    }
}
