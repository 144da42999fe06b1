namespace Alloc.Native;

/// <summary>Emptying caches, giving memory back, statistics, and the end.</summary>
public sealed unsafe partial class PageAllocator
{
    /// <summary>
    /// Gives all memory back to the system that nobody holds: empties every thread's cache, then returns free pages and empty chunks.
    /// Takes time in proportion to the memory; other threads go on meanwhile. Pages set aside by <see cref="TryReserve"/> stay.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Trim()
    {
        EnterSlow();
        try
        {
            _registry.Sweep(static core => HasContent(core), _empty, milliseconds: 1000);
            EmptyDepot();
            EmptyQuarantine();
            _heap.Purge(long.MaxValue, keepChunks: 0);
        }
        finally
        {
            LeaveSlow();
        }
    }

    /// <summary>What the allocator holds and has done. Takes time in proportion to the threads that use it. All zero after <see cref="Dispose"/>.</summary>
    public PageAllocatorStatistics GetStatistics()
    {
        if (!TryEnterSlow())
            return default;
        try
        {
            return Measure();
        }
        finally
        {
            LeaveSlow();
        }
    }

    private PageAllocatorStatistics Measure()
    {
        long cachedPages = _registry.Sum(static core => core.State->PageCount) + _depot.CountOf(CacheState.ZeroKind) + _depot.CountOf(CacheState.DirtyKind)
            + SharedWord.Load(ref _pagesInQuarantine);
        long slabBytes = (_mixed.Pages + _wide.Pages) * Page.Size, liveBlocks = 0, liveBlockBytes = 0, cachedBlockBytes = 0;
        for (int c = 0; c < SizeClasses.Count; c++)
        {
            int kind = CacheState.BlockKinds + c;
            long cached = _registry.Sum(core => core.State->CountOf(kind)) + _depot.CountOf(kind)
                + SharedWord.Load(ref _blocksInQuarantine[c]);
            if (Volatile.Read(ref _sources[c]) is not { } source)
                continue;
            long live = source.BlocksOut - cached;
            slabBytes += source is SlabClass slabs ? slabs.Slabs * SizeClasses.SpanOf(c) * Page.Size : 0;
            liveBlocks += live;
            liveBlockBytes += live * SizeClasses.SizeOf(c);
            cachedBlockBytes += cached * SizeClasses.SizeOf(c);
        }
        long livePages = _ledger.Charged - (slabBytes / Page.Size) - cachedPages + _reserve.Out;
        return new()
        {
            ReservedBytes = _heap.ChunkCount * Chunk.Size,
            CommittedBytes = (_heap.WarmPages * Page.Size) + (_heap.ChunkCount * Chunk.HeadSize),
            LivePages = livePages,
            LiveBlocks = liveBlocks,
            LiveBytes = (livePages * Page.Size) + liveBlockBytes,
            CachedBytes = (cachedPages * Page.Size) + cachedBlockBytes,
            SlabBytes = slabBytes,
            ChargedBytes = _ledger.Charged * Page.Size,
            Chunks = _heap.ChunkCount,
            ReservedPages = _reserve.Count,
            ZeroedHits = _registry.Sum(static core => core.State->ZeroedHits),
            ClearedHits = _registry.Sum(static core => core.State->ClearedHits),
            Refusals = SharedWord.Load(ref _traffic.Refusals),
            SystemRefusals = _heap.SystemRefusals,
            ReturnedBytes = _heap.ReturnedPages * Page.Size,
        };
    }

    /// <summary>
    /// Gives everything back to the system, pages that are still out included: whoever holds one must not touch it any more.
    /// A second call does nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">A lease is out, or this is <see cref="Shared"/>. Nothing has changed.</exception>
    public void Dispose()
    {
        if (ReferenceEquals(this, Shared))
            throw new InvalidOperationException("The shared allocator lives as long as the process.");
        if (!_leases.Close())
            return;
        GC.SuppressFinalize(this);
        SharedWord.Exchange(ref _disposed, 1);
        _registry.CloseAll(_empty);
        while (SharedWord.Load(ref _traffic.SlowUsers) != 0)
            SteadyLock.Pause();
        try
        {
            EmptyDepot();
            EmptyQuarantine();
            Report();
        }
        finally
        {
            Release();
        }
    }

    private void Release()
    {
        SharedWord.Exchange(ref _disposed, 1);
        _registry.CloseAll(static _ => { });
        _ledger.ReleaseAll();
        _depot.Dispose();
        _heap.Dispose();
        _budget?.Leave(this);
    }

    /// <summary>Makes the allocator give up what it only caches: for a request, for others under the same budget, or because it is idle.</summary>
    internal void ReleaseCaches(bool quarantineToo)
    {
        if (!TryEnterSlow())
            return;
        try
        {
            _registry.Sweep(static core => HasContent(core), _empty, ReclaimPatience);
            EmptyDepot();
            if (quarantineToo)
                EmptyQuarantine();
        }
        finally
        {
            LeaveSlow();
        }
    }

    /// <summary>Last resort before a refusal. True: something may have come free.</summary>
    private bool ReclaimCaches()
    {
        long before = _ledger.Charged;
        ReleaseCaches(quarantineToo: true);
        _budget?.ReleaseCaches(except: this);
        return _ledger.Charged < before || _budget != null;
    }

    private static bool HasContent(CacheCore core)
    {
        if (core.Owner is { IsAlive: false })
            return true;
        for (int kind = 0; kind < CacheState.Kinds; kind++)
        {
            if (core.State->CountOf(kind) > 0)
                return true;
        }
        return false;
    }

    /// <summary>Moves what lies in a claimed cache to where it came from.</summary>
    private void EmptyCache(CacheCore core)
    {
        for (int kind = 0; kind < CacheState.Kinds; kind++)
        {
            CacheStack* stack = core.State->Stack(kind);
            try
            {
                Return(stack->AsSpan(), kind);
            }
            finally
            {
                stack->RemoveLowest(stack->Count);
            }
        }
        core.State->RefillSize = 1;
    }

    private void EmptyDepot()
    {
        ulong* entries = stackalloc ulong[Depot.Capacity];
        for (int kind = 0; kind < CacheState.Kinds; kind++)
        {
            int count;
            while ((count = _depot.Pop(kind, entries)) > 0)
                Return(new(entries, count), kind);
        }
    }

    /// <summary>Gives things of a kind back to the chunks or slabs.</summary>
    private void Return(ReadOnlySpan<ulong> things, int kind)
    {
        if (things.IsEmpty)
            return;
        if (kind < CacheState.BlockKinds)
            ReturnCharged(things, zero: kind == CacheState.ZeroKind);
        else
            SourceOf(kind - CacheState.BlockKinds).Return(things);
    }
}
