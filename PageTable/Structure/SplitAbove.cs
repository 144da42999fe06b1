using System.Numerics;

namespace Alloc.PageTable;

/// <summary>A key that leaves the path above a node gets a directory that holds both; the node itself does not change.</summary>
/// <remarks>
/// The second of the two changes of structure. The directory is private, names the standing node and a new one with the key, and goes in
/// by one compare-and-swap of the slot, so a lookup sees the node through the one word or through the other. The word may come back later
/// when the directory collapses; that is harmless, since it names the same live node (F9).
/// </remarks>
internal static unsafe class SplitAbove
{
    /// <summary>Tries it once at the end of the path. Refused: the slot has changed, walk again.</summary>
    public static MutationStatus TryOnce(RadixTree tree, ref TreePath path, ref Mutation insert)
    {
        NodeHeap heap = tree.Heap;
        ChildWord below = path.Word;
        ulong standing = below.FirstKey;
        int highest = BitOperations.Log2(standing ^ insert.Key);
        int shift = highest / Geometry.BitsPerTable * Geometry.BitsPerTable;
        ulong first = Geometry.FirstOfBlock(standing, shift + Geometry.BitsPerTable);

        if (!heap.TryAllocateDirectory(first, out DirectoryTable directory)) return MutationStatus.NoMemory;
        ChildWord above = ChildWord.To(directory, shift, path.SlotBits);
        if (!Fit.TryNewTerminal(heap, insert.Key, insert.NewWord, shift, out ChildWord beside))
        {
            heap.FreePrivate(above);
            return MutationStatus.NoMemory;
        }
        directory.Slots[(standing >> shift) & Geometry.IndexMask] = below.MovedTo(shift).Bits;
        directory.Slots[(insert.Key >> shift) & Geometry.IndexMask] = beside.Bits;
        if (path.Slot.TryChange(below.Bits, above.Bits))
        {
            Interlocked.Increment(ref heap.Account.Splits);
            return MutationStatus.Applied;
        }
        heap.FreePrivate(beside);
        heap.FreePrivate(above);
        return MutationStatus.Refused;
    }
}
