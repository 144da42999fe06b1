namespace Alloc.PageTable;

/// <summary>A walk over the nodes in the order of their keys, in either direction, within one section.</summary>
/// <remarks>
/// It masks marks and helps nobody, as a lookup does, and what it passes is right for the reason given at <see cref="Lookup"/> (F6): a
/// replaced directory stands still, and what it names was linked at a moment inside the walk. So a key that is present throughout lies in
/// the node that the walk stops at for its place. What is kept across sections is a key, never a place.
/// <para>A step comes to a directory after what it holds. Most users want terminal nodes and move.</para>
/// </remarks>
internal unsafe ref struct OrderedWalk(SharedWord root)
{
    private fixed ulong _firstKeys[Geometry.MaxDirectories + 1];
    private int _depth;

    /// <summary>The slots from the root down to the node. A replacement that takes it by reference leads it elsewhere: then the node and its range are
    /// no longer those of the walk.</summary>
    public TreePath Path;

    public readonly ChildWord Node => Path.Word;

    /// <summary>The first key of the range of the node: a table's own, a small node's slot's.</summary>
    public readonly ulong FirstKey => _firstKeys[_depth];

    /// <summary>The last key of that range.</summary>
    public readonly ulong LastKey => Geometry.LastOfBlock(FirstKey, Node.BitsBelow(Path.SlotBits));

    /// <summary>Whether the walk would still end here.</summary>
    public readonly bool IsCurrent => Path.IsCurrent();

    public readonly bool IsDisposed => Path.IsAtRoot && Node.Equals(ChildWord.Disposed);

    /// <summary>To the first terminal node that has a key at or after <paramref name="from"/> in its range; downwards to the last that has one at or before it.</summary>
    public bool MoveTo(ulong from, bool isUp)
    {
        bool there = StepTo(from, isUp);
        return there && (!Node.IsDirectory || Move(isUp));
    }

    /// <summary>To the next terminal node in that direction.</summary>
    public bool Move(bool isUp)
    {
        while (Step(isUp))
        {
            if (!Node.IsDirectory) return true;
        }
        return false;
    }

    /// <summary>As <see cref="MoveTo"/>, to a node of any kind.</summary>
    public bool StepTo(ulong from, bool isUp)
    {
        Path.StartAt(root);
        _depth = 0;
        return TryDescend(0, from, isUp) || Step(isUp);
    }

    /// <summary>As <see cref="Move"/>, to a node of any kind.</summary>
    public bool Step(bool isUp)
    {
        while (!Path.IsAtRoot)
        {
            int index = Path.Parent.IndexOf(Path.Slot);
            Path.Pop();
            Path.Route = _firstKeys[--_depth];
            if (!TryEnter(isUp ? index + 1 : index - 1, isUp, out ulong slotFirst)) return true;
            if (TryDescend(slotFirst, isUp ? 0 : ulong.MaxValue, isUp)) return true;
        }
        return false;
    }

    // To a terminal node, or a directory that holds nothing in that direction. False where the slot is empty, or its node ends before the key.
    private bool TryDescend(ulong slotFirst, ulong from, bool isUp)
    {
        while (true)
        {
            ChildWord node = Node;
            if (node.IsEmpty) return false;
            // The key routes to the node, and to no other for good.
            Path.Route = _firstKeys[_depth] = node.Skips ? node.FirstKey : slotFirst;
            if (isUp ? LastKey < from : FirstKey > from) return false;
            if (!node.IsDirectory || !TryEnter(Nearest(from, isUp), isUp, out slotFirst)) return true;
        }
    }

    // Where the walk enters a directory.
    private readonly int Nearest(ulong from, bool isUp)
    {
        bool isWhole = isUp ? FirstKey >= from : LastKey <= from;
        if (!isWhole) return Node.IndexOf(from);
        return isUp ? Node.Directory.FirstIndex : Node.Directory.EndIndex - 1;
    }

    // To the first child at or behind a slot, in that direction.
    private bool TryEnter(int index, bool isUp, out ulong slotFirst)
    {
        DirectoryTable directory = Node.Directory;
        index = isUp ? directory.NextChild(index) : directory.PreviousChild(index);
        slotFirst = 0;
        if (index < directory.FirstIndex || index >= directory.EndIndex) return false;
        slotFirst = Geometry.FirstOfSlot(FirstKey, Node.Shift, index);
        Path.Push(directory[index]);
        _depth++;
        return true;
    }
}
