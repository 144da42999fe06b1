using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>Values on their way into nodes that nobody has seen yet.</summary>
internal static unsafe class LoadedValue
{
    /// <summary>The word of a value, and a private cell where it needs one; false where there was no memory for that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEncode<TValue>(NodeHeap heap, TValue value, out ulong word)
        where TValue : unmanaged => ValueCodec<TValue>.TryEncode(value, out word) || TryEncodeInCell(heap, value, out word);

    /// <summary>Gives the cells of a content back that has not become a node.</summary>
    public static void FreeCells(NodeHeap heap, in Content content)
    {
        for (int i = 0; i < content.Count; i++)
        {
            if (ValueWord.IsCell(content.Words[i])) heap.FreePrivateCell(ValueWord.Cell(content.Words[i]));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryEncodeInCell<TValue>(NodeHeap heap, TValue value, out ulong word)
        where TValue : unmanaged
    {
        word = ValueWord.Absent;
        if (!heap.TryAllocateCell(out ValueCell cell)) return false;
        Unsafe.WriteUnaligned(cell.Value, value);
        word = ValueWord.ToCell(cell);
        return true;
    }
}
