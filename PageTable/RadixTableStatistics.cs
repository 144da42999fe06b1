namespace Alloc.PageTable;

/// <summary>What a <see cref="RadixTable{TValue}"/> holds and has done. Each figure is exact at rest; none is read atomically with another.</summary>
public readonly record struct RadixTableStatistics
{
    /// <summary>Directories and leaf tables linked into the tree, narrow ones left out. Each is a page of 4,096 bytes.</summary>
    public long Tables => Directories - NarrowDirectories + LeafTables;

    /// <summary>Nodes of child words, narrow ones among them.</summary>
    public long Directories { get; init; }

    /// <summary>Directories of 64, 128 or 256 slots, which are blocks of less than a page.</summary>
    public long NarrowDirectories { get; init; }

    /// <summary>Pages of values.</summary>
    public long LeafTables { get; init; }

    /// <summary>Nodes that hold the values of a window of neighbouring keys.</summary>
    public long Runs { get; init; }

    /// <summary>Nodes that hold hashed entries.</summary>
    public long Buckets { get; init; }

    /// <summary>Bytes of every linked node and every value cell. What waits for a grace period is not among them.</summary>
    public long TableBytes { get; init; }

    /// <summary>Values that live in a native cell because they do not fit a word.</summary>
    public long Cells { get; init; }

    /// <summary>Entries in the table; see <see cref="RadixTable{TValue}.Count"/>.</summary>
    public long Entries { get; init; }

    /// <summary>Pages that are unlinked and wait for a grace period.</summary>
    public long PendingPages { get; init; }

    /// <summary>Bytes that are unlinked and wait for a grace period: pages and cells.</summary>
    public long PendingBytes { get; init; }

    /// <summary>Pages that have gone back to the allocator after a grace period, since the table was made.</summary>
    public long ReclaimedPages { get; init; }

    /// <summary>Nodes that were frozen to be replaced.</summary>
    public long Replacements { get; init; }

    /// <summary>Replacements that another thread's step had overtaken.</summary>
    public long LostSwings { get; init; }

    /// <summary>Replacements that finished what another thread had begun.</summary>
    public long Helps { get; init; }

    /// <summary>Directories put in above a standing node.</summary>
    public long Splits { get; init; }

    /// <summary>Narrow directories that became wider ones, with smaller buckets below them.</summary>
    public long Widenings { get; init; }

    /// <summary>Batch pages deferred.</summary>
    public long Batches { get; init; }

    /// <summary>Nodes and cells deferred in batches.</summary>
    public long BatchedNodes { get; init; }

    /// <summary>Nodes and cells deferred by their own head.</summary>
    public long Singles { get; init; }

    /// <summary>Batch pages that were asked for and refused.</summary>
    public long BatchRefusals { get; init; }

    /// <summary>Grace periods waited for on the spot (<see cref="ReclaimMode.SemiRcu"/>).</summary>
    public long SynchronousWaits { get; init; }

    /// <summary>Waits of <see cref="ReclaimMode.SemiRcu"/> that fell inside a caller's section and were deferred instead.</summary>
    public long WaitsDeferred { get; init; }

    /// <summary>Emptied nodes left standing because there was no memory to replace them safely; <see cref="RadixTable{TValue}.Trim()"/> comes back for them.</summary>
    public long EmptiedLeftStanding { get; init; }
}
