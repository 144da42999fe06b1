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
    /// <summary>Tries it once at the end of the path. Retry: the slot has changed, walk again.</summary>
    public static MutationStatus TryOnce(RadixTree tree, ref TreePath path, ref Mutation insert)
    {
        NodeHeap heap = tree.Heap;
        ChildWord below = path.Word;
        ulong standing = below.FirstKey;
        // As many bits as a table has up to the highest that differs, and none that the standing node decides.
        int highest = BitOperations.Log2(standing ^ insert.Key);
        int shift = Math.Max(highest + 1 - Geometry.BitsPerTable, below.BitsBelow(path.SlotBits));

        if (!NodeBuilder.TryAllocateDirectory(heap, standing, shift, Geometry.BitsPerTable, path.SlotBits, out ChildWord above)) return MutationStatus.NoMemory;
        DirectoryTable directory = above.Directory;
        directory.Origin[above.IndexOf(standing)] = below.MovedTo(shift).Bits;
        // Dense keys that leave a full leaf table come up to its border.
        bool dense = shift == Geometry.BitsPerTable && below.IsLeafTable && insert.Key - standing == Geometry.SlotsPerTable;
        if (!NodeBuilder.TryBuildFirst(heap, insert.Key, insert.NewWord, shift, dense, out ChildWord beside))
        {
            heap.FreePrivate(above);
            return MutationStatus.NoMemory;
        }
        directory.Origin[above.IndexOf(insert.Key)] = beside.Bits;
        if (path.Slot.TryChange(below.Bits, above.Bits))
        {
            Interlocked.Increment(ref heap.Account.Splits);
            return MutationStatus.Applied;
        }
        heap.FreePrivate(beside);
        heap.FreePrivate(above);
        return MutationStatus.Retry;
    }
}
