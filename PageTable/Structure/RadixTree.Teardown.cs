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
        if (word.IsDirectory)
        {
            DirectoryTable directory = word.Directory;
            for (int i = directory.FirstIndex; i < directory.EndIndex; i++) FreeDetached(directory.ReadChild(i));
        }
        else if (word.IsBucket)
        {
            for (int lane = Bucket.FirstLane; lane < word.Bucket.EndLane; lane++) FreeCellOf(word.Bucket.ValueLane(lane).Read());
        }
        else
        {
            Window window = Terminal.Window(word);
            for (int i = 0; i < window.Count; i++) FreeCellOf(window[i].Read());
        }
        Heap.FreePrivate(word);
    }

    private void FreeCellOf(ulong word)
    {
        if (ValueWord.IsCell(word)) Heap.FreePrivateCell(ValueWord.Cell(word));
    }
}
