using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>How a <see cref="RadixTable{TValue}"/> is made. Read once, by the constructor.</summary>
public sealed class RadixTableOptions
{
    /// <summary>Where nodes and value cells come from. Null: <see cref="PageAllocator.Shared"/>. The table does not dispose it.</summary>
    public PageAllocator? Allocator { get; set; }

    /// <summary>
    /// Where the batch pages of deferred frees come from. Null: <see cref="Allocator"/>. One of its own, with a limit, bounds what
    /// deferring itself may take; one that refuses everything (<c>MaxBytes = 0</c>) sends every node by its own head, which always works.
    /// </summary>
    public PageAllocator? BatchAllocator { get; set; }

    /// <summary>Whose read sections protect the table. Null: <see cref="RcuDomain.Default"/>. The table does not dispose it.</summary>
    public RcuDomain? Domain { get; set; }

    /// <summary>What becomes of emptied and replaced nodes. <see cref="ReclaimMode.Rcu"/> unless said otherwise.</summary>
    public ReclaimMode Reclaim { get; set; } = ReclaimMode.Rcu;

    /// <summary>
    /// From which node on the nodes that one operation unlinks share a batch page; those before go each by its own head. 1 to 9, or
    /// <see cref="int.MaxValue"/>: never a batch. In <see cref="ReclaimMode.SemiRcu"/> a batch is tried from the first node on.
    /// </summary>
    public int BatchThreshold { get; set; } = DefaultBatchThreshold;

    /// <summary>The measured default of <see cref="BatchThreshold"/>.</summary>
    public const int DefaultBatchThreshold = 4;
}
