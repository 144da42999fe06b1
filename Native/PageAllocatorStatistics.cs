namespace Alloc.Native;

/// <summary>
/// What a <see cref="PageAllocator"/> holds and has done. Each figure is exact while no thread allocates or frees; otherwise they
/// may be off by the operations under way, and need not fit each other.
/// </summary>
public readonly record struct PageAllocatorStatistics
{
    /// <summary>Address space taken from the system, in bytes.</summary>
    public long ReservedBytes { get; init; }

    /// <summary>Bytes that have memory behind them: pages that were committed and not given back, and the chunks' descriptors.</summary>
    public long CommittedBytes { get; init; }

    /// <summary>Bytes in their owners' hands: live pages and live blocks (at the size of their class).</summary>
    public long LiveBytes { get; init; }

    /// <summary>Pages in their owners' hands, those from the reserve included.</summary>
    public long LivePages { get; init; }

    /// <summary>Blocks in their owners' hands.</summary>
    public long LiveBlocks { get; init; }

    /// <summary>Bytes of free pages and blocks that lie in caches of threads and between them.</summary>
    public long CachedBytes { get; init; }

    /// <summary>Bytes of the pages that are cut into blocks, free and live.</summary>
    public long SlabBytes { get; init; }

    /// <summary>Bytes charged to <see cref="PageAllocatorOptions.MaxBytes"/> and to the budget.</summary>
    public long ChargedBytes { get; init; }

    /// <summary>Chunks of 2 MiB.</summary>
    public long Chunks { get; init; }

    /// <summary>Pages set aside now by <see cref="PageAllocator.TryReserve"/>.</summary>
    public long ReservedPages { get; init; }

    /// <summary>Pages that were asked zero, and were known to be so.</summary>
    public long ZeroedHits { get; init; }

    /// <summary>Pages that were asked zero, and had to be cleared.</summary>
    public long ClearedHits { get; init; }

    /// <summary>Requests that were refused, whatever the reason.</summary>
    public long Refusals { get; init; }

    /// <summary>How often the system itself refused memory.</summary>
    public long SystemRefusals { get; init; }

    /// <summary>Bytes given back to the system so far.</summary>
    public long ReturnedBytes { get; init; }
}
