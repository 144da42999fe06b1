using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>What the table keeps in the five owner words of a page's descriptor; all of it lives as long as the page (F10).</summary>
/// <remarks>
/// <code>
/// word 0-1  the head that defers the page's free   (touched from the retirement on, by the winner of the swing alone)
/// word 2    the first key of the node's range      (written while private, constant afterwards; of a spare page the next one)
/// word 3    handle of the <see cref="NodeHeap"/>   (the same)
/// </code>
/// </remarks>
internal static unsafe class NodePage
{
    private const int FirstKeyWord = 2;
    private const int HeapWord = 3;

    public static void Describe(Page page, ulong firstKey, nint heap)
    {
        ulong* words = Words(page.Address);
        words[FirstKeyWord] = firstKey;
        words[HeapWord] = (ulong)heap;
    }

    public static void SetNext(Page spare, Page next) => Words(spare.Address)[FirstKeyWord] = (ulong)next.Address;

    public static Page Next(Page spare) => Page.FromAddress((void*)Words(spare.Address)[FirstKeyWord]);

    public static ulong FirstKey(void* node) => Words(node)[FirstKeyWord];

    public static NodeHeap Heap(void* node) => NodeHeap.FromHandle((nint)Words(node)[HeapWord]);

    public static RcuHead* Head(void* node) => (RcuHead*)Words(node);

    /// <summary>The page whose descriptor holds <paramref name="head"/>.</summary>
    public static Page Of(RcuHead* head) => ((PageDescriptor*)head)->Page;

    private static ulong* Words(void* node) => (ulong*)PageDescriptor.Of(node);
}
