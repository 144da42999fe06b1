using System.Diagnostics;

namespace Alloc.PageTable;

/// <summary>Child words: a page of 512, or a narrow window of 64, 128 or 256 of them in a block.</summary>
/// <remarks>
/// Slots are named by the index that the key gives, 0 to 511, whatever the window. A full table's descriptor holds the first key of
/// its range; a narrow one is a block of a header line and its slots.
/// </remarks>
internal readonly unsafe struct DirectoryTable(ulong* origin, int firstIndex, int bitsDecided)
{
    /// <summary>Where slot 0 of a full table would be.</summary>
    public readonly ulong* Origin = origin;
    public readonly int FirstIndex = firstIndex;
    public readonly int BitsDecided = bitsDecided;

    /// <summary>Behind the last slot.</summary>
    public int EndIndex => FirstIndex + (1 << BitsDecided);

    public bool IsNarrow => BitsDecided < Geometry.BitsPerTable;

    /// <summary>The first slot of the window.</summary>
    public ulong* Slots => Origin + FirstIndex;

    public SharedWord this[int index]
    {
        get
        {
            Debug.Assert(index >= FirstIndex && index < EndIndex);
            return new(Origin + index);
        }
    }

    public ChildWord ReadChild(int index) => new(this[index].Read());

    public ulong FirstKey => NodePage.FirstKey(Slots);

    /// <summary>A pass begins with the first word, so one look tells whether it has begun (F1).</summary>
    public bool FreezeHasBegun => ReadChild(FirstIndex).IsFrozen;

    /// <summary>The whole pass (F2): afterwards the directory cannot change. Gives the number of children and one of them.</summary>
    public int Freeze(out ChildWord child)
    {
        int children = 0;
        child = ChildWord.Empty;
        for (int i = FirstIndex; i < EndIndex; i++)
        {
            var word = new ChildWord(this[i].Freeze(ChildWord.FrozenBit)).Unfrozen;
            if (word.IsEmpty) continue;
            children++;
            child = word;
        }
        return children;
    }

    /// <summary>Copies a directory whose pass is done into one with at least its slots; the copy's slots lose the mark (F4).</summary>
    public void CopyFrozenTo(DirectoryTable copy)
    {
        if (Interleaving.Enabled && (copy.FirstIndex > FirstIndex || copy.EndIndex < EndIndex)) throw new InvalidOperationException("F4: a copy with another window.");
        for (int i = FirstIndex; i < EndIndex; i++) copy.Origin[i] = Origin[i] & ~ChildWord.FrozenBit;
    }

    /// <summary>The first slot at or after <paramref name="from"/> that names a child; <see cref="EndIndex"/> where there is none.</summary>
    public int NextChild(int from)
    {
        from = Math.Max(from, FirstIndex);
        while (from < EndIndex && ReadChild(from).IsEmpty) from++;
        return Math.Min(from, EndIndex);
    }

    /// <summary>The last slot at or before <paramref name="from"/> that names a child; one less than <see cref="FirstIndex"/> where there is none.</summary>
    public int PreviousChild(int from)
    {
        from = Math.Min(from, EndIndex - 1);
        while (from >= FirstIndex && ReadChild(from).IsEmpty) from--;
        return Math.Max(from, FirstIndex - 1);
    }

    /// <summary>A guess that starts a replacement; the frozen content decides (F8). Looks on from the slot just emptied.</summary>
    public bool LooksEmpty(int emptied)
    {
        Fences.BetweenClearAndLook();
        return NextChild(emptied) == EndIndex && NextChild(FirstIndex) >= emptied;
    }

    /// <summary>Whether at most one child is left, and one that can move up: a guess, as <see cref="LooksEmpty"/> is.</summary>
    public bool LooksCollapsible()
    {
        int first = NextChild(FirstIndex);
        if (first == EndIndex) return true;
        return NextChild(first + 1) == EndIndex && ReadChild(first) is { IsEmpty: false, IsNarrow: false };
    }

    public int IndexOf(SharedWord slot) => (int)(slot.Location - Origin);
}
