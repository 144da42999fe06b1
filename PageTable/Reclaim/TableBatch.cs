using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>A page of unlinked nodes and cells that one callback frees after one grace period.</summary>
/// <remarks>
/// <code>
/// descriptor: head, (unused), heap handle      page: count, 511 addresses
/// </code>
/// The head lies in the page's descriptor, as a table's does, so the page holds two more addresses than the kernel's batch (509).
/// </remarks>
internal readonly unsafe struct TableBatch(ulong* page)
{
    public const int Capacity = Page.Size / sizeof(ulong) - 1;

    private readonly ulong* _page = page;

    public bool IsNull => _page == null;

    public bool IsFull => (int)_page[0] == Capacity;

    public int Count => (int)_page[0];

    private Retired* Items => (Retired*)(_page + 1);

    public static bool TryCreate(NodeHeap heap, out TableBatch batch)
    {
        if (!heap.BatchPages.TryAllocateUninitialized(out Page page))
        {
            Interlocked.Increment(ref heap.Account.BatchRefusals);
            batch = default;
            return false;
        }
        NodePage.Describe(page, 0, heap.Handle);
        batch = new TableBatch((ulong*)page.Address);
        batch._page[0] = 0;
        return true;
    }

    public void Add(Retired retired) => Items[_page[0]++] = retired;

    /// <summary>One head for all of it. The batch belongs to the callback from here on.</summary>
    public void Defer(NodeHeap heap)
    {
        Interlocked.Increment(ref heap.Account.Batches);
        Interlocked.Add(ref heap.Account.BatchedNodes, Count);
        if (NodeHeap.SkipsGracePeriods)
        {
            FreeAll(NodePage.Head(_page));
            return;
        }
        nuint bytes = Page.Size;
        for (int i = 0; i < Count; i++) bytes += (nuint)Items[i].Bytes;
        heap.Domain.Defer(NodePage.Head(_page), &FreeAll, bytes);
    }

    private static void FreeAll(RcuHead* head)
    {
        Page page = NodePage.Of(head);
        NodeHeap heap = NodePage.Heap(page.Address);
        var batch = new TableBatch((ulong*)page.Address);
        PageAllocator owner = heap.BatchPages;
        heap.FreeMany(new Span<Retired>(batch.Items, batch.Count), out int pages, out long bytes);
        // The accounts come last: with them the heap's life may end.
        owner.Free(page);
        heap.CountFreed(pages, bytes);
    }
}
