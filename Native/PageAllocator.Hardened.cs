using System.Collections.Concurrent;

namespace Alloc.Native;

/// <summary>The hardened modes and the leak report: all of it away from the paths of an ordinary allocator.</summary>
public sealed unsafe partial class PageAllocator
{
    private const int ReportedLeaks = 8;

    private readonly Quarantine? _quarantine;
    private readonly ConcurrentDictionary<nint, string>? _owners;
    private readonly Action<AllocatorLeak>? _leakHandler;
    private readonly long[] _blocksInQuarantine = new long[SizeClasses.Count];
    private long _pagesInQuarantine;

    /// <summary>True if no thread keeps anything, so that every request passes the slow path.</summary>
    private bool BypassesCaches => _failEvery != 0 || _quarantine != null || _owners != null;

    /// <summary>
    /// Reports what was never freed, and frees only if that is nothing: others may still read what is out.
    /// </summary>
    ~PageAllocator()
    {
        // The constructor may have thrown. And whatever the handler throws must not end the process from here.
        if (_empty == null || !_leases.TryCloseForGood())
            return;
        try
        {
            if (Measure() is { LivePages: 0, LiveBlocks: 0 })
                Release();
            else
                Report();
        }
        catch (Exception e)
        {
            NativeEventSource.Log.Misused(e.ToString());
        }
    }

    /// <summary>Tells the handler and the event source what is still out.</summary>
    private void Report()
    {
        PageAllocatorStatistics statistics = Measure();
        if (statistics is { LivePages: 0, LiveBlocks: 0 })
            return;
        var first = new List<LeakedMemory>();
        _heap.VisitPages(page => AddLeaks(page, first));
        var leak = new AllocatorLeak(ToString(), statistics.LivePages, statistics.LiveBlocks, statistics.LiveBytes, first);
        NativeEventSource.Log.Leaked(leak.ToString());
        _leakHandler?.Invoke(leak);
    }

    private bool AddLeaks(Page page, List<LeakedMemory> leaks)
    {
        PageDescriptor* descriptor = page.Descriptor;
        if (descriptor->Tag == _liveTag || descriptor->Tag == PageTag.Of(Id, PageTag.LiveReserved))
        {
            leaks.Add(new((nint)page.Address, Page.Size, descriptor->Word0, OwnerOf(page.Address)));
        }
        else if (descriptor->Tag == _mixedTag || (descriptor->Tag == _wideTag && (PageDescriptor*)MixedPage.WideOf(descriptor) == descriptor))
        {
            var mixed = (MixedPage*)descriptor;
            int bits = descriptor->Tag == _wideTag ? MixedPage.WideBits : MixedPage.GranuleBits;
            for (int granule = 0, size; granule < MixedPage.Granules && leaks.Count < ReportedLeaks; granule += size)
            {
                byte* block = page.Address + (granule << bits);
                size = mixed->IsFree(granule) ? 1 : MixedPage.GranulesAt(mixed, block, bits);
                if (!mixed->IsFree(granule) && *(ulong*)block != MarkOf(block))
                    leaks.Add(new((nint)block, size << bits, *(ulong*)block, OwnerOf(block)));
            }
        }
        else if (descriptor->Tag == _slabTag && ((Slab*)descriptor)->Offset == 0)
        {
            var slab = (Slab*)descriptor;
            int size = SizeClasses.SizeOf(slab->Class);
            for (int i = 0; i < SizeClasses.BlocksOf(slab->Class) && leaks.Count < ReportedLeaks; i++)
            {
                byte* block = page.Address + (i * size);
                if (!slab->IsFree(i) && *(ulong*)block != MarkOf(block))
                    leaks.Add(new((nint)block, size, *(ulong*)block, OwnerOf(block)));
            }
        }
        return leaks.Count < ReportedLeaks;
    }

    private string? OwnerOf(byte* thing) => _owners != null && _owners.TryGetValue((nint)thing, out string? stack) ? stack : null;

    private void NoteOwner(byte* thing) => _owners?.TryAdd((nint)thing, Environment.StackTrace);

    private void ForgetOwner(byte* thing) => _owners?.TryRemove((nint)thing, out _);

    /// <summary>Frees a page by way of the quarantine.</summary>
    private void FreeHardened(Quarantine quarantine, Page page)
    {
        page.Descriptor->Tag = PageTag.Of(Id, PageTag.Quarantined);
        SharedWord.Add(ref _pagesInQuarantine, 1);
        if (quarantine.Exchange(new(page.Address, Page.Size, Quarantine.Pattern), out Quarantine.Inmate released))
            LetGo(released);
    }

    private void FreeHardened(Quarantine quarantine, byte* block, int sizeClass)
    {
        SharedWord.Add(ref _blocksInQuarantine[sizeClass], 1);
        if (quarantine.Exchange(new(block, SizeClasses.SizeOf(sizeClass), MarkOf(block)), out Quarantine.Inmate released))
            LetGo(released);
    }

    private void EmptyQuarantine()
    {
        InvalidOperationException? first = null;
        while (_quarantine != null && _quarantine.TryRelease(out Quarantine.Inmate released))
        {
            try
            {
                LetGo(released);
            }
            catch (InvalidOperationException e)
            {
                first ??= e;
            }
        }
        if (first != null)
            throw first;
    }

    private void LetGo(Quarantine.Inmate released)
    {
        int written = Quarantine.Unlock(released);
        if (released.IsPage)
        {
            PageDescriptor.Of(released.Address)->Tag = 0;
            SharedWord.Add(ref _pagesInQuarantine, -1);
            ReturnCharged([(ulong)released.Address], zero: false);
        }
        else
        {
            int sizeClass = SizeClasses.ClassOf(released.Size);
            SharedWord.Add(ref _blocksInQuarantine[sizeClass], -1);
            SourceOf(sizeClass).Return([(ulong)released.Address]);
        }
        if (written >= 0)
        {
            throw new InvalidOperationException(
                $"The {(released.IsPage ? "page" : "block")} 0x{(nuint)released.Address:x} was written at offset {written} after it had been freed.");
        }
    }
}
