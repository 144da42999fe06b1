using Alloc.Native;

namespace Alloc.PageTable;

/// <summary>Which node fits which content: the only place that decides it.</summary>
/// <remarks>
/// <code>
/// no entry                       EMPTY
/// entries of one 512-key block   leaf table
/// one child                      that child
/// more children                  directory
/// </code>
/// All that it makes is private. False means that there was no memory, and then nothing was kept.
/// </remarks>
internal static unsafe class Fit
{
    /// <summary>A node for one new entry, in a slot that covers <paramref name="slotBits"/> low bits.</summary>
    public static bool TryNewTerminal(NodeHeap heap, ulong key, ulong valueWord, int slotBits, out ChildWord word)
    {
        if (!heap.TryAllocateLeafTable(Geometry.FirstOfBlock(key, Geometry.BitsPerTable), out LeafTable leaf))
        {
            word = default;
            return false;
        }
        leaf.Slots[LeafTable.Index(key)] = valueWord;
        word = ChildWord.To(leaf, slotBits);
        return true;
    }

    /// <summary>The copy of a leaf table whose pass is done (F2), with the operation done in it (F3).</summary>
    public static bool TryCopy(
        NodeHeap heap, LeafTable frozen, int values, ref Mutation edit, int slotBits, ref TableGather gather, bool own, out ChildWord word)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Copy, frozen.Slots);
        ulong first = frozen.FirstKey;
        edit.GetIndexes(first, out int from, out int to);
        for (int i = from; i <= to; i++)
        {
            if (!ValueWord.IsAbsent(frozen.Slots[i])) values--;
        }
        bool inserts = to >= 0 && edit.Replacement != ValueWord.Absent;
        word = ChildWord.Empty;
        if (values == 0 && !inserts) return true;
        if (!gather.TryTakeForCopy(own, out Page page)) return false;

        LeafTable copy = heap.AsLeafTable(page, first);
        frozen.CopyFrozenTo(copy);
        for (int i = from; i <= to; i++) copy.Slots[i] = edit.Replacement;
        word = ChildWord.To(copy, slotBits);
        return true;
    }

    /// <summary>What follows a directory whose pass is done: EMPTY, its only child, or a copy.</summary>
    public static bool TryCopy(
        NodeHeap heap, ChildWord frozen, int children, ChildWord child, int slotBits, ref TableGather gather, bool own, out ChildWord word)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Copy, frozen.Address);
        word = ChildWord.Empty;
        if (children == 0) return true;
        if (children == 1)
        {
            word = child.MovedTo(slotBits);
            return true;
        }
        if (!gather.TryTakeForCopy(own, out Page page)) return false;
        DirectoryTable copy = heap.AsDirectory(page, frozen.FirstKey);
        frozen.Directory.CopyFrozenTo(copy);
        word = ChildWord.To(copy, frozen.Shift, slotBits);
        return true;
    }
}
