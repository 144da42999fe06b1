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
    private readonly StripedCounter _liveCells = new();
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
        Handle = GCHandle.ToIntPtr(_self);
    }

    /// <summary>The largest value that a cell holds: a page less the cell's header.</summary>
    public static int MaxValueSize => Page.Size - ValueCell.HeaderSize;

    public nint Handle { get; }

    public ref Accounts Account => ref _accounts;

    public long LiveCells => _liveCells.Value;

    public int CellBytes => _cellBytes;

    /// <summary>Nodes and cells that are retired and not yet free, and spare pages that operations still hold.</summary>
    public bool HasPending => Volatile.Read(ref _accounts.PendingBytes) != 0 || Volatile.Read(ref _spares) != 0;

    public static NodeHeap FromHandle(nint handle) => (NodeHeap)GCHandle.FromIntPtr(handle).Target!;

    /// <summary>When nothing of this heap is out any more.</summary>
    public void Release() => _self.Free();

    public bool TryAllocateLeafTable(ulong firstKey, out LeafTable leaf)
    {
        bool ok = Pages.TryAllocate(out Page page);
        leaf = ok ? AsLeafTable(page, firstKey) : default;
        return ok;
    }

    public bool TryAllocateDirectory(ulong firstKey, out DirectoryTable directory)
    {
        bool ok = Pages.TryAllocate(out Page page);
        directory = ok ? AsDirectory(page, firstKey) : default;
        return ok;
    }

    /// <summary>A zeroed page becomes a private leaf table.</summary>
    public LeafTable AsLeafTable(Page page, ulong firstKey)
    {
        NodePage.Describe(page, firstKey, Handle);
        Interlocked.Increment(ref _accounts.LeafTables);
        return new LeafTable((ulong*)page.Address);
    }

    /// <summary>A zeroed page becomes a private directory.</summary>
    public DirectoryTable AsDirectory(Page page, ulong firstKey)
    {
        NodePage.Describe(page, firstKey, Handle);
        Interlocked.Increment(ref _accounts.Directories);
        return new DirectoryTable((ulong*)page.Address);
    }

    /// <summary>Frees a node that nobody else has seen, or that nobody can see any more.</summary>
    public void FreePrivate(ChildWord node)
    {
        CountOut(node);
        Pages.Free(Page.FromAddress(node.Address));
    }

    /// <summary>The node leaves the live accounts: it is private and freed, or unlinked and retired.</summary>
    public void CountOut(ChildWord node) =>
        Interlocked.Decrement(ref node.IsDirectory ? ref _accounts.Directories : ref _accounts.LeafTables);

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

    public void FreeCell(ValueCell cell)
    {
        if (_cellBytes <= PageAllocator.MaxBlockSize) Pages.FreeBlock(cell.Address);
        else Pages.Free(Page.FromAddress(cell.Address));
    }

    /// <summary>An emptied node stays for want of memory to replace it (F11).</summary>
    public void CountLeftStanding() => Interlocked.Increment(ref _accounts.EmptiedLeftStanding);

    public void CountSpare(int delta) => Interlocked.Add(ref _spares, delta);

    /// <summary>What is unlinked enters the accounts of what waits, inside the section in which it was unlinked.</summary>
    public void CountPending(Retired retired)
    {
        if (retired.IsCell)
        {
            Interlocked.Add(ref _accounts.PendingBytes, _cellBytes);
        }
        else
        {
            Interlocked.Increment(ref _accounts.PendingPages);
            Interlocked.Add(ref _accounts.PendingBytes, Page.Size);
        }
    }

    /// <summary>After the grace period: back to the allocator, and out of the accounts.</summary>
    public void Free(Retired retired)
    {
        if (retired.IsCell)
        {
            FreeCell(retired.Cell);
            Interlocked.Add(ref _accounts.PendingBytes, -_cellBytes);
        }
        else
        {
            Pages.Free(Page.FromAddress(retired.Address));
            Interlocked.Decrement(ref _accounts.PendingPages);
            Interlocked.Increment(ref _accounts.ReclaimedPages);
            Interlocked.Add(ref _accounts.PendingBytes, -Page.Size);
        }
    }

    public nuint Bytes(Retired retired) => retired.IsCell ? (nuint)_cellBytes : Page.Size;

    /// <summary>What is counted. All of it changes on slow paths only.</summary>
    public struct Accounts
    {
        public long Directories;
        public long LeafTables;
        public long PendingPages;
        public long PendingBytes;
        public long ReclaimedPages;
        public long Replacements;
        public long LostSwings;
        public long Helps;
        public long Splits;
        public long Batches;
        public long BatchedNodes;
        public long Singles;
        public long BatchRefusals;
        public long SynchronousWaits;
        public long WaitsDeferred;
        public long EmptiedLeftStanding;
    }
}
