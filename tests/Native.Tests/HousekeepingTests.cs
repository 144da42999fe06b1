namespace Alloc.Native.Tests;

public unsafe class HousekeepingTests
{
    [Theory]
    [InlineData(HugePageUse.Never)]
    [InlineData(HugePageUse.WhenLarge)]
    [InlineData(HugePageUse.Always)]
    public void After_a_peak_memory_goes_back_by_itself(HugePageUse huge)
    {
        using var allocator = new PageAllocator(new() { HugePages = huge });
        var pages = new Page[20_000];
        for (int i = 0; i < pages.Length; i++)
        {
            Assert.True(allocator.TryAllocate(out pages[i]));
            Checks.IsZero(pages[i]);
            pages[i].Address[0] = 1;
        }
        // One page in 20 stays, all over the place.
        for (int i = 0; i < pages.Length; i++)
        {
            if (i % 20 != 0)
                allocator.Free(pages[i]);
        }
        PageAllocatorStatistics statistics = allocator.GetStatistics();
        long aim = (statistics.LiveBytes * 105 / 100) + (4 << 20);
        WaitFor(() => (statistics = allocator.GetStatistics()).CommittedBytes <= aim + (statistics.Chunks * Chunk.HeadSize));
        for (int i = 0; i < pages.Length; i += 20)
        {
            Assert.Equal(1, pages[i].Address[0]);
            allocator.Free(pages[i]);
        }
        WaitFor(() => allocator.GetStatistics() is { CachedBytes: 0, Chunks: <= 2 });
        Checks.NothingOut(allocator);
    }

    [LinuxTheory]
    [InlineData(HugePageUse.Never)]
    [InlineData(HugePageUse.Always)]
    public void After_a_peak_and_a_trim_the_resident_size_is_the_live_set_and_5_percent_and_4_MiB(HugePageUse huge) =>
        Assert.InRange(ChildProgram.Run("resident " + huge), 0, 4);

    [Fact]
    public void An_allocator_that_does_not_trim_keeps_what_it_has_until_told()
    {
        using var allocator = new PageAllocator(new() { TrimsWhenIdle = false });
        var pages = new Page[5000];
        for (int i = 0; i < pages.Length; i++)
            Assert.True(allocator.TryAllocate(out pages[i]));
        long committed = allocator.GetStatistics().CommittedBytes;
        foreach (Page page in pages)
            allocator.Free(page);
        Thread.Sleep(5 * Housekeeping.TickMilliseconds);
        Assert.Equal(committed, allocator.GetStatistics().CommittedBytes);
        allocator.Trim();
        Assert.Equal(0, allocator.GetStatistics().CommittedBytes);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Housekeeping_and_dispose_do_not_meet()
    {
        for (int round = 0; round < TestScale.Of(30); round++)
        {
            using var allocator = new PageAllocator();
            for (int i = 0; i < 10_000; i++)
                Assert.True(allocator.TryAllocateUninitialized(out _));
            if (round % 3 == 0)
                Thread.Sleep(Housekeeping.TickMilliseconds / 3);
        }
    }

    private static void WaitFor(Func<bool> condition)
    {
        for (long end = Environment.TickCount64 + (long)Checks.Watchdog.TotalMilliseconds; !condition();)
        {
            Assert.True(Environment.TickCount64 < end, "Did not happen in time.");
            Thread.Sleep(50);
        }
    }
}
