using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>A value that does not fit a value word, in a native block of its own. Never written again once it is published.</summary>
/// <remarks>
/// <code>
/// +0   the head that defers its free
/// +16  handle of the <see cref="NodeHeap"/>
/// +24  the value
/// </code>
/// Three rules of ownership: who compare-and-swaps a cell's address out of an unfrozen word retires the cell; the cells of a replaced
/// node belong to its successor, and a loser's copy does not free them; a node that is dropped whole frees its own.
/// </remarks>
internal readonly unsafe struct ValueCell(byte* address)
{
    public const int HeaderSize = 24;

    public readonly byte* Address = address;

    public RcuHead* Head => (RcuHead*)Address;

    public byte* Value => Address + HeaderSize;

    public NodeHeap Heap
    {
        get => NodeHeap.FromHandle(*(nint*)(Address + 16));
    }

    public void Describe(nint heap) => *(nint*)(Address + 16) = heap;
}
