using System.Runtime.InteropServices;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>The memory of one table: nodes and cells from its allocator, what waits for a grace period, and the accounts.</summary>
/// <remarks>
/// <code>
/// Private ──publish──► Live ──swing──► Retired ──grace period──► Free
///    └──────────────── FreePrivate ────────────────────────────► Free
/// </code>
/// It outlives its table as long as callbacks are on their way: they find it through a handle in the descriptor or the cell.
/// </remarks>
internal sealed unsafe class NodeHeap
{
    /// <summary>Test seam, read on slow paths only: what is retired is freed at once. A table that does this must not survive the torture.</summary>
    internal static bool SkipsGracePeriods;

    private readonly GCHandle _self;
    private readonly int _cellBytes;
    private StripedCounter _liveCells;
    private StripedCounter _runs;
    private StripedCounter _buckets;
    private StripedCounter _smallBytes;
    private StripedCounter _pendingBytes;
    private readonly RcuCallback* _freeNode;
    private Accounts _accounts;
    private long _spares;

    public readonly PageAllocator Pages;
    public readonly PageAllocator BatchPages;
    public readonly RcuDomain Domain;
    public readonly ReclaimMode Mode;
    public readonly int BatchThreshold;

    public NodeHeap(RadixTableOptions options, int valueSize)
    {
        Pages = options.Allocator ?? PageAllocator.Shared;
        BatchPages = options.BatchAllocator ?? Pages;
        Domain = options.Domain ?? RcuDomain.Default;
        Mode = options.Reclaim;
        BatchThreshold = Mode == ReclaimMode.SemiRcu && options.BatchThreshold != int.MaxValue ? 1 : options.BatchThreshold;
        int bytes = ValueCell.HeaderSize + valueSize;
        _cellBytes = bytes <= PageAllocator.MaxBlockSize ? PageAllocator.BlockSize(bytes) : Page.Size;
        // For those who must not fail (F11), outside the allocator's limit and shared by its tables. Two pages for each processor: more
        // threads are inside a replacement only by preemption, and those wait outside their sections for a page to come back.
        Pages.TryReserve(2 * Environment.ProcessorCount);
        _self = GCHandle.Alloc(this);
        _freeNode = (RcuCallback*)NativeMemory.Alloc((nuint)sizeof(RcuCallback));
        *_freeNode = new RcuCallback(&FreeBlock, Handle);
    }

    /// <summary>The largest value that a cell holds: a page less the cell's header.</summary>
    public static int MaxValueSize => Page.Size - ValueCell.HeaderSize;

    public nint Handle => GCHandle.ToIntPtr(_self);

    public ref Accounts Account => ref _accounts;

    public long LiveCells => Math.Max(0, _liveCells.Value);

    public long Runs => Math.Max(0, _runs.Value);

    public long Buckets => Math.Max(0, _buckets.Value);

    /// <summary>Bytes of runs, buckets and narrow directories.</summary>
    public long SmallBytes => Math.Max(0, _smallBytes.Value);

    public long PendingBytes => Math.Max(0, _pendingBytes.Value);

    public int CellBytes => _cellBytes;

    /// <summary>Nodes and cells that are retired and not yet free, and spare pages that operations still hold.</summary>
    public bool HasPending => _pendingBytes.Value != 0 || Volatile.Read(ref _spares) != 0;

    public static NodeHeap FromHandle(nint handle) => (NodeHeap)GCHandle.FromIntPtr(handle).Target!;

    /// <summary>When nothing of this heap is out any more.</summary>
    public void Release()
    {
        NativeMemory.Free(_freeNode);
        _self.Free();
    }

    /// <summary>Memory for a private node; not zeroed.</summary>
    /// <param name="bytes">The size of a block, or of a page.</param>
    /// <param name="compacts">Whether a block is to come from the fullest slab.</param>
    /// <param name="node">The memory.</param>
    public bool TryAllocate(int bytes, bool compacts, out byte* node)
    {
        if (bytes < Page.Size) return compacts ? Pages.TryAllocateBlockDense(bytes, out node) : Pages.TryAllocateBlockUninitialized(bytes, out node);
        bool ok = Pages.TryAllocateUninitialized(out Page page);
        node = page.Address;
        return ok;
    }

    /// <summary>Whether a node lies in a slab that would go back if it and a few others lay elsewhere.</summary>
    public bool IsSparse(ChildWord node)
    {
        NodeMemory memory = NodeMemory.Of(node);
        return !memory.IsPage && Pages.IsSparse(memory.Start);
    }

    /// <summary>A page of zeroes for a table.</summary>
    public bool TryAllocateTable(out byte* node)
    {
        bool ok = Pages.TryAllocate(out Page page);
        node = page.Address;
        return ok;
    }

    /// <summary>A private node enters the accounts, and its memory gets what its free will need.</summary>
    public ChildWord Describe(ChildWord node, ulong firstKey)
    {
        NodeMemory memory = NodeMemory.Of(node);
        if (memory.IsPage) NodePage.Describe(Page.FromAddress(memory.Start), firstKey, Handle);
        else *(RcuHead*)memory.Start = default;
        CountNode(node.Kind, memory.Bytes, 1);
        return node;
    }

    /// <summary>Frees a node that nobody else has seen, or that nobody can see any more.</summary>
    public void FreePrivate(ChildWord node)
    {
        CountOut(node);
        NodeMemory memory = NodeMemory.Of(node);
        Free(memory.Start, memory.Bytes);
    }

    /// <summary>Frees a private node and all that lies below it; not the cells, which belong to its entries.</summary>
    public void FreePrivateTree(ChildWord node)
    {
        if (node.IsEmpty) return;
        if (node.IsDirectory)
        {
            DirectoryTable directory = node.Directory;
            for (int i = directory.FirstIndex; i < directory.EndIndex; i++) FreePrivateTree(directory.ReadChild(i));
        }
        FreePrivate(node);
    }

    private void Free(byte* node, int bytes)
    {
        if (bytes < Page.Size) Pages.FreeBlock(node);
        else Pages.Free(Page.FromAddress(node));
    }

    /// <summary>The node leaves the live accounts: it is private and freed, or unlinked and retired.</summary>
    public void CountOut(ChildWord node) => CountNode(node.Kind, NodeMemory.Of(node).Bytes, -1);

    // Tables come and go rarely, small nodes often.
    private void CountNode(NodeKind kind, int bytes, int delta)
    {
        switch (kind)
        {
            case NodeKind.Directory when bytes == Page.Size:
                Interlocked.Add(ref _accounts.Directories, delta);
                return;
            case NodeKind.LeafTable:
                Interlocked.Add(ref _accounts.LeafTables, delta);
                return;
            case NodeKind.Directory:
                Interlocked.Add(ref _accounts.NarrowDirectories, delta);
                break;
            case NodeKind.Run:
                _runs.Add(delta);
                break;
            default:
                _buckets.Add(delta);
                break;
        }
        _smallBytes.Add(delta * bytes);
    }

    public bool TryAllocateCell(out ValueCell cell)
    {
        byte* block;
        if (_cellBytes <= PageAllocator.MaxBlockSize)
        {
            if (!Pages.TryAllocateBlockUninitialized(_cellBytes, out block))
            {
                cell = default;
                return false;
            }
        }
        else
        {
            if (!Pages.TryAllocateUninitialized(out Page page))
            {
                cell = default;
                return false;
            }
            block = page.Address;
        }
        cell = new ValueCell(block);
        *cell.Head = default;
        cell.Describe(Handle);
        _liveCells.Add(1);
        return true;
    }

    public void CountCellOut() => _liveCells.Add(-1);

    /// <summary>Frees a cell that nobody else has seen, or that nobody can see any more.</summary>
    public void FreePrivateCell(ValueCell cell)
    {
        CountCellOut();
        FreeCell(cell);
    }

    public void FreeCell(ValueCell cell) => Free(cell.Address, _cellBytes);

    /// <summary>An emptied node stays for want of memory to replace it (F11).</summary>
    public void CountLeftStanding() => Interlocked.Increment(ref _accounts.EmptiedLeftStanding);

    public void CountSpare(int delta) => Interlocked.Add(ref _spares, delta);

    /// <summary>What is unlinked enters the accounts of what waits, inside the section in which it was unlinked.</summary>
    public void CountPending(Retired retired)
    {
        if (retired.IsPage && !retired.IsCell) Interlocked.Increment(ref _accounts.PendingPages);
        _pendingBytes.Add(retired.Bytes);
    }

    /// <summary>After the grace period: back to the allocator, and out of the accounts, which is the last that is done for it.</summary>
    public void Free(Retired retired)
    {
        Free(retired.Address, retired.Bytes);
        CountFreed(retired.IsPage && !retired.IsCell ? 1 : 0, retired.Bytes);
    }

    /// <summary>The same for a batch, without the accounts. The items' own memory becomes the list of addresses.</summary>
    public void FreeMany(Span<Retired> batch, out int pages, out long bytes)
    {
        pages = 0;
        bytes = 0;
        Span<nuint> addresses = MemoryMarshal.Cast<Retired, nuint>(batch);
        for (int i = 0; i < batch.Length; i++)
        {
            Retired retired = batch[i];
            if (retired.IsPage && !retired.IsCell) pages++;
            bytes += retired.Bytes;
            addresses[i] = (nuint)retired.Address;
        }
        Pages.FreeMany(addresses);
    }

    public void CountFreed(int pages, long bytes)
    {
        if (pages != 0)
        {
            Interlocked.Add(ref _accounts.PendingPages, -pages);
            Interlocked.Add(ref _accounts.ReclaimedPages, pages);
        }
        _pendingBytes.Add(-bytes);
    }

    /// <summary>Frees it by its own head after a grace period.</summary>
    public void Defer(Retired retired)
    {
        if (SkipsGracePeriods) Free(retired);
        else if (retired.IsCell) Domain.Defer(retired.Head, &FreeCell, (nuint)retired.Bytes);
        else if (retired.IsPage) Domain.Defer(retired.Head, &FreePage, (nuint)retired.Bytes);
        else Domain.Defer(retired.Head, _freeNode, (nuint)retired.Bytes);
    }

    private static void FreeCell(RcuHead* head)
    {
        var cell = new ValueCell((byte*)head);
        NodeHeap heap = cell.Heap;
        heap.Free(new Retired(cell, heap._cellBytes));
    }

    private static void FreePage(RcuHead* head)
    {
        byte* node = NodePage.Of(head).Address;
        NodePage.Heap(node).Free(new Retired(new NodeMemory(node, Page.Size)));
    }

    private static void FreeBlock(RcuHead* head, nint heap, nuint bytes) =>
        FromHandle(heap).FreeNode((nuint)head, (int)bytes);

    // Past the caches: nodes that grow leave holes for the next size, which a cache would keep for their own.
    private void FreeNode(nuint block, int bytes)
    {
        Pages.FreeMany(new ReadOnlySpan<nuint>(in block));
        _pendingBytes.Add(-bytes);
    }

    /// <summary>What is counted. All of it changes on slow paths only.</summary>
    public struct Accounts
    {
        public long Directories;
        public long NarrowDirectories;
        public long LeafTables;
        public long PendingPages;
        public long ReclaimedPages;
        public long Replacements;
        public long LostSwings;
        public long Helps;
        public long Splits;
        public long Widenings;
        public long Batches;
        public long BatchedNodes;
        public long Singles;
        public long BatchRefusals;
        public long SynchronousWaits;
        public long WaitsDeferred;
        public long EmptiedLeftStanding;
    }
}
