using System.Diagnostics;

namespace Alloc.PageTable;

/// <summary>Where a writer went: each slot from the root word down, and the word that was read there.</summary>
/// <remarks>
/// Good inside the section in which it was walked: within it no address comes back (F9), so a swing that compares the word at
/// <see cref="Word"/> replaces the very node that was met.
/// </remarks>
internal unsafe struct TreePath
{
    /// <summary>The root word, and each directory's slot.</summary>
    private const int MaxEntries = Geometry.MaxDirectories + 1;

    private fixed ulong _slots[MaxEntries];
    private fixed ulong _words[MaxEntries];
    private int _last;

    /// <summary>A key that routes to every node of the path. It was compared with each prefix on the way, so it still does when a node has got another place (F12).</summary>
    public ulong Route;

    /// <summary>The last slot, and the word that was read there: the node at the end of the path.</summary>
    public readonly SharedWord Slot => new((ulong*)_slots[_last]);

    public readonly ChildWord Word => new(_words[_last]);

    public readonly bool IsAtRoot => _last == 0;

    /// <summary>The word of the directory that holds the last slot.</summary>
    public readonly ChildWord ParentWord => new(_words[_last - 1]);

    public readonly DirectoryTable Parent => ParentWord.Directory;

    /// <summary>How many low key bits the last slot covers.</summary>
    public readonly int SlotBits => _last == 0 ? Geometry.KeyBits : new ChildWord(_words[_last - 1]).Shift;

    /// <summary>
    /// Whether a walk would still come here: every word from the root down is what was read on the way (F6). A marked word never changes, but
    /// then the word above it does.
    /// </summary>
    public readonly bool IsCurrent()
    {
        for (int i = 0; i <= _last; i++)
        {
            if (new SharedWord((ulong*)_slots[i]).Read() != _words[i]) return false;
        }
        return true;
    }

    public void StartAt(SharedWord root)
    {
        _last = 0;
        _slots[0] = (ulong)root.Location;
        _words[0] = root.Read();
    }

    public void Push(SharedWord slot)
    {
        Debug.Assert(_last + 1 < MaxEntries);
        _last++;
        _slots[_last] = (ulong)slot.Location;
        _words[_last] = slot.Read();
    }

    /// <summary>
    /// Where a slot of the path carries the mark: goes back to the directory that holds the first such slot, which is the one to be replaced
    /// first (F4): the directories below it are named again by its copy, and a marked slot is never swung (F1).
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool PopToFrozenHolder()
    {
        for (int i = 1; i <= _last; i++)
        {
            if (!new ChildWord(_words[i]).IsFrozen) continue;
            _last = i - 1;
            return true;
        }
        return false;
    }

    /// <summary>Goes back to the directory that holds the last slot.</summary>
    public void Pop()
    {
        Debug.Assert(_last > 0);
        _last--;
    }
}
