using System.Runtime.CompilerServices;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>
/// A concurrent sparse index from <see cref="ulong"/> keys to unmanaged values: a radix tree over native pages, ordered, lock-free, without
/// load on the garbage collector. Emptied pages go back to the allocator through epoch-based RCU.
/// </summary>
/// <typeparam name="TValue">Any unmanaged type of up to 4,072 bytes. Values of up to 7 bytes, and nearly all of 8, lie in the table itself;
/// larger ones in a native block each. A value is never torn, and every bit pattern is legal.</typeparam>
/// <remarks>
/// <para><b>Threads.</b> Every member may be called from any thread at any time, except that after <see cref="Dispose"/> all but
/// <see cref="ToString"/> and <see cref="Dispose"/> throw. Lookups are wait-free: at most twelve steps down the tree, no shared write, no
/// retry. Writers are lock-free: a step fails only because another thread's step has succeeded. One key's operations are linearizable;
/// <see cref="RemoveRange"/>, <see cref="Clear"/> and enumeration are not atomic across keys.</para>
/// <para><b>Cost.</b> An operation on one key is one walk down the tree, usually over two or three directories whatever the number of entries, and a step in one
/// node; an insert copies a node of at most 512 entries now and then. What goes over a range takes time in proportion to its nodes and entries.</para>
/// <para><b>Memory.</b> Inserting may throw <see cref="OutOfMemoryException"/>, and then the table is as it was; removing never fails. Nothing is
/// allocated on the managed heap per operation. No code of yours (factories, comparers, loop bodies) runs inside a read section of the
/// table.</para>
/// <para>The algorithm is Linux's freeing of page tables by RCU (v6.14: <c>mmu_gather</c>, <c>tlb_remove_table</c>) carried over to a
/// lock-free tree by one structural protocol: freeze, copy, swing. See <c>docs/design.md</c>.</para>
/// </remarks>
public sealed unsafe partial class RadixTable<TValue> : IEnumerable<KeyValuePair<ulong, TValue>>, IDisposable, IAsyncDisposable
    where TValue : unmanaged
{
    private readonly SharedWord _root;
    private readonly RcuDomain _domain;
    private readonly RadixTree _tree;
    private readonly NodeHeap _heap;
    private readonly TableLeases _leases;

    /// <summary>Makes an empty table. It has no page of its own until the first insert; the first table of an allocator has that set a few
    /// pages aside, outside its limit, for removals that must not fail.</summary>
    /// <param name="options">Where memory and read sections come from; null for the process-wide defaults.</param>
    /// <exception cref="NotSupportedException">A <typeparamref name="TValue"/> is larger than 4,072 bytes.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="RadixTableOptions.Reclaim"/> is no mode, or
    /// <see cref="RadixTableOptions.BatchThreshold"/> is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator or the domain is disposed.</exception>
    public RadixTable(RadixTableOptions? options = null)
    {
        options ??= new RadixTableOptions();
        if (Unsafe.SizeOf<TValue>() > NodeHeap.MaxValueSize)
        {
            throw new NotSupportedException(
                $"{typeof(TValue)} has {Unsafe.SizeOf<TValue>()} bytes; a value may have {NodeHeap.MaxValueSize}. Store a pointer or an index instead.");
        }
        if (!Enum.IsDefined(options.Reclaim)) throw new ArgumentOutOfRangeException(nameof(options), options.Reclaim, "RadixTableOptions.Reclaim is no ReclaimMode.");
        if (options.BatchThreshold is < 1 or > TableGather.MaxBatchThreshold and not int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.BatchThreshold, $"RadixTableOptions.BatchThreshold is 1 to {TableGather.MaxBatchThreshold}, or int.MaxValue.");
        }

        _leases = TableLeases.Take(options, $"RadixTable<{typeof(TValue).Name}>");
        _heap = new NodeHeap(options, Unsafe.SizeOf<TValue>());
        _tree = new RadixTree(_heap);
        _domain = _heap.Domain;
        _root = _tree.Root;
    }

    /// <summary>
    /// The number of entries: exact when no writer runs, otherwise off by at most the operations that overlap the call; never negative.
    /// A sum over a tally for each thread that changes the table, up to 256; it costs a writer one store that no other thread makes.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public long Count
    {
        get
        {
            ThrowIfDisposed();
            return _tree.Count;
        }
    }

    /// <summary>Whether <see cref="Count"/> is zero.</summary>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool IsEmpty => Count == 0;

    /// <summary>Figures of what the table holds and has done.</summary>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public RadixTableStatistics GetStatistics()
    {
        ThrowIfDisposed();
        ref NodeHeap.Accounts a = ref _heap.Account;
        long full = Volatile.Read(ref a.Directories), narrow = Volatile.Read(ref a.NarrowDirectories), leafTables = Volatile.Read(ref a.LeafTables);
        long cells = _heap.LiveCells;
        return new RadixTableStatistics
        {
            Directories = full + narrow,
            NarrowDirectories = narrow,
            LeafTables = leafTables,
            Runs = _heap.Runs,
            Buckets = _heap.Buckets,
            Cells = cells,
            TableBytes = (full + leafTables) * Page.Size + _heap.SmallBytes + cells * _heap.CellBytes,
            Entries = _tree.Count,
            PendingPages = Volatile.Read(ref a.PendingPages),
            PendingBytes = _heap.PendingBytes,
            ReclaimedPages = Volatile.Read(ref a.ReclaimedPages),
            Replacements = Volatile.Read(ref a.Replacements),
            LostSwings = Volatile.Read(ref a.LostSwings),
            Helps = Volatile.Read(ref a.Helps),
            Splits = Volatile.Read(ref a.Splits),
            Widenings = Volatile.Read(ref a.Widenings),
            Batches = Volatile.Read(ref a.Batches),
            BatchedNodes = Volatile.Read(ref a.BatchedNodes),
            Singles = Volatile.Read(ref a.Singles),
            BatchRefusals = Volatile.Read(ref a.BatchRefusals),
            SynchronousWaits = Volatile.Read(ref a.SynchronousWaits),
            WaitsDeferred = Volatile.Read(ref a.WaitsDeferred),
            EmptiedLeftStanding = Volatile.Read(ref a.EmptiedLeftStanding),
        };
    }

    /// <summary>
    /// Gives memory up that the content does not need: nodes left empty, directories left with at most one child, and nodes whose entries fit into
    /// half of their bytes, which are copied. Walks the whole tree, in bounded read sections. Does nothing in <see cref="ReclaimMode.None"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public void Trim() => Trim(long.MaxValue);

    /// <summary>As <see cref="Trim()"/>, but replaces so many nodes at most: a node costs about a microsecond.</summary>
    /// <param name="maxNodes">How many nodes to replace.</param>
    /// <returns>Whether the whole tree has been walked; false where more may be left to do.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is less than 1.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool Trim(long maxNodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxNodes);
        ThrowIfDisposed();
        bool walked;
        var gather = new TableGather(_heap);
        try
        {
            walked = _tree.Trim(ref gather, maxNodes);
        }
        finally
        {
            gather.Dispose();
        }
        GC.KeepAlive(this);
        return walked;
    }

    /// <summary>
    /// Takes the table off at once, waits for a grace period of its domain and for what it had retired, and gives all memory back. Readers
    /// that are inside finish or get <see cref="ObjectDisposedException"/>. A second call does nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">The calling thread is inside a read section or a callback of the domain, which would never end; nothing has changed.</exception>
    public void Dispose()
    {
        ThrowIfCannotWait();
        if (_tree.TryDetach(out ChildWord root)) TableTeardown.Run(_tree, _leases, root);
        _fullBlocks?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>As <see cref="Dispose"/>, without blocking a thread.</summary>
    /// <returns>A task that completes when all memory is back.</returns>
    /// <exception cref="InvalidOperationException">The calling thread is inside a read section or a callback of the domain; nothing has changed.</exception>
    public ValueTask DisposeAsync()
    {
        ThrowIfCannotWait();
        GC.SuppressFinalize(this);
        return _tree.TryDetach(out ChildWord root) ? new ValueTask(FullBlocks.DisposeAfter(TableTeardown.RunAsync(_tree, _leases, root), _fullBlocks)) : default;
    }

    /// <summary>A forgotten table gives its memory back all the same, after a grace period and on a thread that may wait for it.</summary>
    ~RadixTable()
    {
        if (_tree is null || !_tree.TryDetach(out ChildWord root)) return;
        RadixTree tree = _tree;
        TableLeases leases = _leases;
        ThreadPool.UnsafeQueueUserWorkItem(_ => TableTeardown.Run(tree, leases, root), null);
    }

    private void ThrowIfCannotWait()
    {
        if (!_domain.CanWait)
        {
            throw new InvalidOperationException(
                "The table cannot be disposed inside a read section or a callback of its domain: the grace period that it waits for would never end. End it first.");
        }
    }

    private void ThrowIfDisposed()
    {
        if (_tree.IsDisposed) ThrowHelper.ThrowDisposed();
    }
}
