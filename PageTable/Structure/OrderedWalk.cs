using System.Runtime.CompilerServices;

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

    /// <summary>The first key of the range of the node at the end of the path: a table's own, a small node's slot's.</summary>
    public readonly ulong FirstKey => _firstKeys[_depth];

    /// <summary>The last key of that range.</summary>
    public readonly ulong LastKey => Geometry.LastOfBlock(FirstKey, Path.Word.BitsBelow(Path.SlotBits));

    public readonly bool IsDisposed => Path.IsAtRoot && Path.Word.Equals(ChildWord.Disposed);

    /// <summary>To the first terminal node that has a key at or after <paramref name="from"/> in its range, and none beyond the last.</summary>
    public bool MoveToTerminal(ulong from)
    {
        int budget = int.MaxValue;
        return Move(from, behind: false, shrinkableIn: null, ref budget);
    }

    /// <summary>To the first node from a place on, directories after what they hold, that the tree can do without or that is much
    /// too large: a terminal node whose content would fit in half of it or that lies in a sparse slab, a directory that looks as if it had at most one
    /// child, or as if all that lies below it fitted into one small node. Looks at so many terminal nodes and no more.</summary>
    /// <param name="heap">The tree's memory.</param>
    /// <param name="from">The key to begin at.</param>
    /// <param name="behind">Whether terminal nodes that end at that key have been looked at; the directories that end there have not.</param>
    /// <param name="nodes">How many terminal nodes to look at.</param>
    /// <param name="found">Whether the path ends at such a node; otherwise at a terminal node to begin with next time.</param>
    /// <returns>False where no node is left.</returns>
    public bool MoveToShrinkable(NodeHeap heap, ulong from, bool behind, int nodes, out bool found)
    {
        bool stopped = Move(from, behind, heap, ref nodes);
        found = stopped && nodes >= 0;
        return stopped;
    }

    private bool Move(ulong from, bool behind, NodeHeap? shrinkableIn, ref int budget)
    {
        bool shrinkable = shrinkableIn is not null;
        Path.StartAt(_root);
        _depth = 0;
        ulong slotFirst = 0;
        while (true)
        {
            ChildWord word = Path.Word;
            ulong first = word.IsEmpty ? 0 : word.Skips ? word.FirstKey : slotFirst;
            if (!word.IsEmpty && first > _last) return false;
            if (!word.IsEmpty) Place(first);
            if (!word.IsEmpty && LastKey >= from)
            {
                if (!word.IsDirectory)
                {
                    bool passed = behind && LastKey == from;
                    if (!passed && (shrinkableIn is null || --budget < 0 || shrinkableIn.IsSparse(word) || IsMuchTooLarge(word, Path.SlotBits))) return true;
                }
                else
                {
                    int index = first >= from ? 0 : word.IndexOf(from);
                    if (TryEnter(word, index, first, out slotFirst)) continue;
                    if (shrinkable && IsDispensable(word, Path.SlotBits)) return Place(first);
                }
            }
            // A directory comes after what lies below it, since that may leave it with one child.
            while (true)
            {
                if (Path.IsAtRoot) return false;
                if (TryLeave(out slotFirst)) break;
                if (shrinkable && IsDispensable(Path.Word, Path.SlotBits)) return Place(FirstKey);
            }
        }
    }

    // The node's first key routes to it, and to no other for good.
    private bool Place(ulong first)
    {
        _firstKeys[_depth] = first;
        Path.Route = first;
        return true;
    }

    // To the first child at or after the index.
    private bool TryEnter(ChildWord directory, int index, ulong first, out ulong slotFirst)
    {
        index = directory.Directory.NextChild(index);
        slotFirst = Geometry.FirstOfSlot(first, directory.Shift, index);
        if (index == directory.Directory.EndIndex) return false;
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

    private static bool IsDispensable(ChildWord directory, int slotBits) => directory.Directory.LooksCollapsible() || Merge.LooksWorthwhile(directory, slotBits);

    [SkipLocalsInit]
    private static bool IsMuchTooLarge(ChildWord node, int slotBits)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        Terminal.Collect(node, 0, ulong.MaxValue, ref content);
        if (content.Count == 0) return true;
        Shape shape = Fit.Choose(content.Entries, slotBits, default);
        return shape.Kind != NodeKind.Directory && shape.Bytes * 2 <= NodeMemory.Of(node).Bytes;
    }
}
