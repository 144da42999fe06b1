namespace Alloc.Native;

/// <summary>
/// The work that no caller should pay for: giving back memory that has not been needed for a while, and preparing the next huge chunk
/// of a large allocator before it is asked for.
/// </summary>
/// <remarks>
/// Giving back goes by the low-water mark: what lay free at <i>every</i> moment of an interval was not needed in it. What of it
/// exceeds a 32nd of the pages in use goes back at the next tick, and half of the rest, so a peak decays within seconds, and a load that swings within the interval keeps its pages. After some ticks
/// without traffic at the chunks the threads' caches are emptied too, and the ticks end until there is traffic again.
/// Everything here is a hint: a sample that is lost to a race changes when memory moves, not whether it is right.
/// </remarks>
internal sealed class Housekeeping(PageAllocator allocator, ChunkHeap heap, Ledger ledger, HugePageUse hugePages, bool trims) : IThreadPoolWorkItem
{
    public const int TickMilliseconds = 200;
    private const int IdleTicks = 10;

    /// <summary>Free pages that stay in any case: 2 MiB, or 2 % of what is in use.</summary>
    private const int KeepPages = 512, KeepFraction = 50;

    /// <summary>Prepare the next chunk when fewer free pages are left, and the allocator is this large already.</summary>
    private const int PrepareBelow = 256, LargePages = (32 << 20) / Page.Size;

    private long _lowWater = long.MaxValue;
    private int _ticking;
    private int _preparing;
    private int _quietTicks;
    private bool _traffic;

    private long FreePages => heap.WarmPages - ledger.Charged;

    private bool IsLarge => heap.WarmPages >= LargePages;

    /// <summary>To be called after pages have left or reached the chunks: once a batch.</summary>
    public void Note()
    {
        long free = FreePages;
        if (!Volatile.Read(ref _traffic))
            Volatile.Write(ref _traffic, true);
        if (free < Volatile.Read(ref _lowWater))
            Volatile.Write(ref _lowWater, free);
        if (trims && free > KeepPages && Volatile.Read(ref _ticking) == 0 && SharedWord.Exchange(ref _ticking, 1) == 0)
            HousekeepingClock.Add(this);
        if (free < PrepareBelow && hugePages == HugePageUse.WhenLarge && IsLarge && ledger.HasRoom(PrepareBelow)
            && Volatile.Read(ref _preparing) == 0 && SharedWord.Exchange(ref _preparing, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Prepares a huge chunk. Whoever needs pages meanwhile takes ordinary ones and does not wait.</summary>
    public void Execute()
    {
        if (allocator.TryEnterSlow())
        {
            heap.TryAddHugeChunk();
            allocator.LeaveSlow();
        }
        SharedWord.Store(ref _preparing, 0);
    }

    /// <summary>One tick. False: nothing left to do until there is traffic again, or the allocator was disposed.</summary>
    public bool Tick()
    {
        if (!allocator.TryEnterSlow())
            return false;
        try
        {
            return TickWhileAlive();
        }
        finally
        {
            allocator.LeaveSlow();
        }
    }

    private bool TickWhileAlive()
    {
        long free = FreePages;
        long unneeded = Math.Min(free, Interlocked.Exchange(ref _lowWater, free)) - Math.Max(KeepPages, ledger.Charged / KeepFraction);
        if (unneeded > 0)
            heap.Purge(Math.Max(Math.Max(unneeded / 2, unneeded - (ledger.Charged / 32)), Math.Min(unneeded, 1024)), keepChunks: 1);

        bool traffic = _traffic;
        Volatile.Write(ref _traffic, false);
        _quietTicks = traffic ? 0 : _quietTicks + 1;
        if (_quietTicks == IdleTicks)
            allocator.ReleaseCaches(quarantineToo: false);
        if (_quietTicks < 2 * IdleTicks || unneeded > 0)
            return true;
        SharedWord.Store(ref _ticking, 0);
        return false;
    }
}
