namespace Alloc.PageTable;

/// <summary>A page of 512 child words. Its descriptor holds the first key of its range.</summary>
internal readonly unsafe struct DirectoryTable(ulong* slots)
{
    public readonly ulong* Slots = slots;

    public SharedWord this[int index] => new(Slots + index);

    public ChildWord ReadChild(int index) => new(this[index].Read());

    public ulong FirstKey => NodePage.FirstKey(Slots);

    /// <summary>A pass begins with the first word, so one look tells whether it has begun (F1).</summary>
    public bool FreezeHasBegun => ReadChild(0).IsFrozen;

    /// <summary>The whole pass (F2): afterwards the directory cannot change. Gives the number of children and one of them.</summary>
    public int Freeze(out ChildWord child)
    {
        int children = 0;
        child = ChildWord.Empty;
        for (int i = 0; i < Geometry.SlotsPerTable; i++)
        {
            var word = new ChildWord(this[i].Freeze(ChildWord.FrozenBit)).Unfrozen;
            if (word.IsEmpty) continue;
            children++;
            child = word;
        }
        return children;
    }

    /// <summary>Copies a directory whose pass is done; the copy's slots lose the mark (F4).</summary>
    public void CopyFrozenTo(DirectoryTable copy)
    {
        for (int i = 0; i < Geometry.SlotsPerTable; i++) copy.Slots[i] = Slots[i] & ~ChildWord.FrozenBit;
    }

    /// <summary>The first slot at or after <paramref name="from"/> that names a child; 512 where there is none.</summary>
    public int NextChild(int from)
    {
        while (from < Geometry.SlotsPerTable && ReadChild(from).IsEmpty) from++;
        return from;
    }

    /// <summary>A guess that starts a replacement; the frozen content decides (F8). Looks on from the slot just emptied.</summary>
    public bool LooksEmpty(int emptied)
    {
        Fences.BetweenClearAndLook();
        return NextChild(emptied) == Geometry.SlotsPerTable && NextChild(0) >= emptied;
    }

    /// <summary>Whether at most one child is left: a guess, as <see cref="LooksEmpty"/> is.</summary>
    public bool LooksCollapsible()
    {
        int first = NextChild(0);
        return first == Geometry.SlotsPerTable || NextChild(first + 1) == Geometry.SlotsPerTable;
    }

    public int IndexOf(SharedWord slot) => (int)(slot.Location - Slots);
}
