using System.Diagnostics;

namespace Alloc.PageTable;

/// <summary>Where a writer went: each slot from the root word down, and the word that was read there.</summary>
/// <remarks>
/// Good inside the section in which it was walked: within it no address comes back (F9), so a swing that compares the word at
/// <see cref="Word"/> replaces the very node that was met.
/// </remarks>
internal unsafe struct Path
{
    /// <summary>The root word, at most 7 directories' slots.</summary>
    private const int MaxEntries = Geometry.MaxDirectories + 1;

    private fixed ulong _slots[MaxEntries];
    private fixed ulong _words[MaxEntries];
    private int _last;

    /// <summary>The last slot, and the word that was read there: the node at the end of the path.</summary>
    public readonly SharedWord Slot => new((ulong*)_slots[_last]);

    public readonly ChildWord Word => new(_words[_last]);

    public readonly bool IsAtRoot => _last == 0;

    /// <summary>The directory that holds the last slot.</summary>
    public readonly Directory Parent => new ChildWord(_words[_last - 1]).Directory;

    /// <summary>How many low key bits the last slot covers.</summary>
    public readonly int SlotBits => _last == 0 ? Geometry.KeyBits : new ChildWord(_words[_last - 1]).Shift;

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

    /// <summary>Goes back to the directory that holds the last slot.</summary>
    public void Pop()
    {
        Debug.Assert(_last > 0);
        _last--;
    }

    /// <summary>Reads the last slot again, after a failed change.</summary>
    public void Reread() => _words[_last] = Slot.Read();
}
