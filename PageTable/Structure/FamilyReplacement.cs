namespace Alloc.PageTable;

/// <summary>What follows a directory and its terminal children when they leave the tree together.</summary>
internal interface IFamilySuccessor
{
    /// <summary>Freezes each child, and builds what follows from what all of them hold. False where that does not fit, or there was no memory: then nothing was kept.</summary>
    /// <param name="heap">The tree's memory.</param>
    /// <param name="frozen">The directory, whose own pass is done.</param>
    /// <param name="path">Ends at the directory.</param>
    /// <param name="gather">Has the pages held before the first mark (F11).</param>
    /// <param name="successor">A private node, or tree of nodes; EMPTY where nothing was left.</param>
    static abstract bool TryBuild(NodeHeap heap, DirectoryTable frozen, in TreePath path, ref TableGather gather, out ChildWord successor);
}

/// <summary>A directory and its terminal children are replaced together, by one swing: <see cref="Merge"/> and <see cref="Widening"/>.</summary>
/// <remarks>
/// Freeze, copy, swing of more than one node: the directory's slots are frozen first, so no child can be replaced while it is linked there; then every
/// word of every child; then what follows is made of what all of them hold, and one swing of the slot above puts it in. The winner retires the
/// directory and the children. A write that succeeded in a child met a word that was not frozen, so the copy has it (F5); a reader that is
/// inside the directory finds children that stand still since before the swing (F6).
/// <para>A writer that meets the frozen slots helps as always (F4): it puts a copy of the directory in, and the swing here is lost. Then the children
/// are linked once more, frozen, and this thread sees every one of them through (F12), as it does where nothing could be built.</para>
/// <para><b>Lock-free.</b> Nobody's operation is in the copy, so each operation may try it once at most (F3).</para>
/// </remarks>
internal static unsafe class FamilyReplacement
{
    /// <summary>Replaces the directory at the end of the path, whose slot carries no mark, with its children. False where it stays, or a copy of it.</summary>
    /// <remarks>The gather holds a spare page or, for an insert, which may not draw on the reserve, one for every child (F11).</remarks>
    public static bool TryReplace<TSuccessor>(RadixTree tree, ref TreePath path, ref TableGather gather)
        where TSuccessor : IFamilySuccessor
    {
        NodeHeap heap = tree.Heap;
        Interlocked.Increment(ref heap.Account.Replacements);
        ChildWord old = path.Word;
        DirectoryTable directory = old.Directory;
        directory.Freeze(out _);
        if (TSuccessor.TryBuild(heap, directory, path, ref gather, out ChildWord successor))
        {
            if (Replacement.Swing(ref path, old, successor, ref gather))
            {
                RetireChildren(directory, ref gather);
                return true;
            }
            Interlocked.Increment(ref heap.Account.LostSwings);
            gather.TakeBackTree(successor);
        }
        // Of a narrow directory's window that is wider than its slot, the rest is other nodes'.
        int bits = old.BitsBelow(path.SlotBits);
        Replacement.SeeThrough(tree, Geometry.FirstOfBlock(path.Route, bits), Geometry.LastOfBlock(path.Route, bits), ref gather);
        return false;
    }

    private static void RetireChildren(DirectoryTable replaced, ref TableGather gather)
    {
        for (int i = replaced.FirstIndex; i < replaced.EndIndex; i++)
        {
            if (replaced.ReadChild(i).Unfrozen is { IsEmpty: false } child) gather.Add(child);
        }
    }
}
