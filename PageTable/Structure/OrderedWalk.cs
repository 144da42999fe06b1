namespace Alloc.PageTable;

/// <summary>A walk over the terminal nodes in ascending order of keys, within one section.</summary>
/// <remarks>
/// It masks marks and helps nobody, as a lookup does, and what it passes is right for the reason given there (F6): a key that is
/// present throughout lies in every copy of the node that holds it. What is kept across sections is a key, never a place.
/// </remarks>
internal unsafe ref struct OrderedWalk
{
    private readonly SharedWord _root;
    private readonly ulong _last;
    private fixed ulong _firstKeys[Geometry.MaxDirectories + 1];
    private int _depth;

    /// <summary>The slots from the root down to the current node.</summary>
    public TreePath Path;

    public OrderedWalk(SharedWord root, ulong last)
    {
        _root = root;
        _last = last;
    }

    /// <summary>The first key of the range of the node at the end of the path.</summary>
    public readonly ulong FirstKey => _firstKeys[_depth];

    public readonly bool IsDisposed => Path.IsAtRoot && Path.Word.Equals(ChildWord.Disposed);

    /// <summary>To the first terminal node that has a key at or after <paramref name="from"/> in its range, and none beyond the last.</summary>
    public bool MoveToTerminal(ulong from)
    {
        int budget = int.MaxValue;
        return Move(from, shrinkable: false, ref budget);
    }

    /// <summary>To the first node from <paramref name="from"/> on, directories after what they hold, that the tree can do without: a leaf table
    /// that looks empty, a directory that looks as if it had at most one child. Looks at so many leaf tables and no more.</summary>
    /// <param name="from">The key to begin at.</param>
    /// <param name="nodes">How many leaf tables to look at.</param>
    /// <param name="found">Whether the path ends at such a node.</param>
    /// <param name="next">The key to go on from, behind the last node that was looked at; 0 past the last key.</param>
    /// <returns>False where no node is left.</returns>
    public bool MoveToShrinkable(ulong from, int nodes, out bool found, out ulong next)
    {
        bool stopped = Move(from, shrinkable: true, ref nodes);
        found = stopped && nodes > 0;
        next = stopped ? Geometry.LastOfBlock(FirstKey, Path.Word.BitsBelow) + 1 : 0;
        return stopped;
    }

    private bool Move(ulong from, bool shrinkable, ref int budget)
    {
        Path.StartAt(_root);
        _depth = 0;
        ulong slotFirst = 0;
        while (true)
        {
            ChildWord word = Path.Word;
            ulong first = word.IsEmpty ? 0 : word.Skips ? word.FirstKey : slotFirst;
            if (!word.IsEmpty && first > _last) return false;
            if (!word.IsEmpty && Geometry.LastOfBlock(first, word.BitsBelow) >= from)
            {
                _firstKeys[_depth] = first;
                if (!word.IsDirectory)
                {
                    if (!shrinkable || word.LeafTable.LooksEmpty(0) || --budget == 0) return true;
                }
                else
                {
                    int index = first >= from ? 0 : word.IndexOf(from);
                    if (TryEnter(word, index, first, out slotFirst)) continue;
                    if (shrinkable && word.Directory.LooksCollapsible()) return true;
                }
            }
            // A directory comes after what lies below it, since that may leave it with one child.
            while (true)
            {
                if (Path.IsAtRoot) return false;
                if (TryLeave(out slotFirst)) break;
                if (shrinkable && Path.Word.Directory.LooksCollapsible()) return true;
            }
        }
    }

    // To the first child at or after the index.
    private bool TryEnter(ChildWord directory, int index, ulong first, out ulong slotFirst)
    {
        index = directory.Directory.NextChild(index);
        slotFirst = first + ((ulong)index << directory.Shift);
        if (index == Geometry.SlotsPerTable) return false;
        Path.Push(directory.Directory[index]);
        _depth++;
        return true;
    }

    // Up, and to the next child of that directory.
    private bool TryLeave(out ulong slotFirst)
    {
        int next = Path.Parent.IndexOf(Path.Slot) + 1;
        Path.Pop();
        _depth--;
        return TryEnter(Path.Word, next, _firstKeys[_depth], out slotFirst);
    }
}
