using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>A walk from terminal node to terminal node in either direction, within one section.</summary>
/// <remarks>
/// It masks marks and helps nobody, as a lookup does, and what it passes is right for the reason given at <see cref="Lookup"/> (F6): a
/// replaced directory stands still, and what it names was linked at a moment inside the walk. So a key that is present throughout lies in
/// the node that the walk stops at for its place. What is kept across sections is a key, never a place.
/// </remarks>
internal unsafe ref struct TerminalWalk(SharedWord root)
{
    private fixed ulong _firstKeys[Geometry.MaxDirectories + 1];
    private int _depth;
    private TreePath _path;

    public readonly ChildWord Node => _path.Word;

    /// <summary>The first key of the range of the node: a table's own, a small node's slot's.</summary>
    public readonly ulong FirstKey => _firstKeys[_depth];

    /// <summary>The last key of that range.</summary>
    public readonly ulong LastKey => Geometry.LastOfBlock(FirstKey, Node.BitsBelow(_path.SlotBits));

    /// <summary>Whether the walk would still end here.</summary>
    public readonly bool IsCurrent => _path.IsCurrent();

    public readonly bool IsDisposed => _path.IsAtRoot && Node.Equals(ChildWord.Disposed);

    /// <summary>To the first terminal node that has a key at or after <paramref name="from"/> in its range.</summary>
    public bool MoveUpTo(ulong from)
    {
        _path.StartAt(root);
        _depth = 0;
        return GoUp(0, from);
    }

    /// <summary>To the next terminal node.</summary>
    public bool MoveUp() => TryLeaveUp(out ulong slotFirst) && GoUp(slotFirst, 0);

    /// <summary>To the last terminal node that has a key at or before <paramref name="from"/> in its range.</summary>
    public bool MoveDownTo(ulong from)
    {
        _path.StartAt(root);
        _depth = 0;
        return GoDown(0, from);
    }

    /// <summary>To the previous terminal node.</summary>
    public bool MoveDown() => TryLeaveDown(out ulong slotFirst) && GoDown(slotFirst, ulong.MaxValue);

    private bool GoUp(ulong slotFirst, ulong from)
    {
        while (true)
        {
            if (TryStop(slotFirst) && LastKey >= from)
            {
                if (!Node.IsDirectory) return true;
                int index = FirstKey >= from ? Node.Directory.FirstIndex : Node.IndexOf(from);
                if (TryEnterUp(index, out slotFirst)) continue;
            }
            if (!TryLeaveUp(out slotFirst)) return false;
        }
    }

    private bool GoDown(ulong slotFirst, ulong from)
    {
        while (true)
        {
            if (TryStop(slotFirst) && FirstKey <= from)
            {
                if (!Node.IsDirectory) return true;
                int index = LastKey <= from ? Node.Directory.EndIndex - 1 : Node.IndexOf(from);
                if (TryEnterDown(index, out slotFirst)) continue;
            }
            if (!TryLeaveDown(out slotFirst)) return false;
        }
    }

    // Where the slot names a node: notes where its range begins.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryStop(ulong slotFirst)
    {
        ChildWord word = Node;
        if (word.IsEmpty) return false;
        _firstKeys[_depth] = word.Skips ? word.FirstKey : slotFirst;
        return true;
    }

    private bool TryEnterUp(int index, out ulong slotFirst)
    {
        DirectoryTable directory = Node.Directory;
        index = directory.NextChild(index);
        return TryEnter(directory, index, index < directory.EndIndex, out slotFirst);
    }

    private bool TryEnterDown(int index, out ulong slotFirst)
    {
        DirectoryTable directory = Node.Directory;
        index = directory.PreviousChild(index);
        return TryEnter(directory, index, index >= directory.FirstIndex, out slotFirst);
    }

    private bool TryEnter(DirectoryTable directory, int index, bool isThere, out ulong slotFirst)
    {
        slotFirst = 0;
        if (!isThere) return false;
        int shift = Node.Shift;
        slotFirst = Geometry.FirstOfBlock(FirstKey, shift + Geometry.BitsPerTable) + ((ulong)index << shift);
        _path.Push(directory[index]);
        _depth++;
        return true;
    }

    private bool TryLeaveUp(out ulong slotFirst)
    {
        slotFirst = 0;
        while (!_path.IsAtRoot)
        {
            int next = Leave() + 1;
            if (TryEnterUp(next, out slotFirst)) return true;
        }
        return false;
    }

    private bool TryLeaveDown(out ulong slotFirst)
    {
        slotFirst = 0;
        while (!_path.IsAtRoot)
        {
            int next = Leave() - 1;
            if (TryEnterDown(next, out slotFirst)) return true;
        }
        return false;
    }

    private int Leave()
    {
        int index = _path.Parent.IndexOf(_path.Slot);
        _path.Pop();
        _depth--;
        return index;
    }
}
