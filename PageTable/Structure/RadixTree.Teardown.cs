namespace Alloc.PageTable;

/// <remarks>
/// The end of a tree: its root word becomes DISPOSED by one exchange, a grace period passes, and then nobody is inside any more: writers
/// that came before have ended their sections, later ones see the mark at the root.
/// </remarks>
internal sealed unsafe partial class RadixTree
{
    /// <summary>Takes the tree off; false where another thread has done so.</summary>
    public bool TryDetach(out ChildWord root)
    {
        root = new ChildWord(Root.Exchange(ChildWord.Disposed.Bits));
        return !root.Equals(ChildWord.Disposed);
    }

    /// <summary>Frees a detached tree, after a grace period: nodes, and the cells that their words name.</summary>
    public void FreeDetached(ChildWord word)
    {
        if (word.IsEmpty) return;
        word = word.Unfrozen;
        for (int i = 0; i < Geometry.SlotsPerTable; i++)
        {
            if (word.IsDirectory) FreeDetached(word.Directory.ReadChild(i));
            else if (word.LeafTable[i].Read() is var value && ValueWord.IsCell(value)) Heap.FreePrivateCell(ValueWord.Cell(value));
        }
        Heap.FreePrivate(word);
    }
}
