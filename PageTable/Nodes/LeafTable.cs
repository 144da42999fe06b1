namespace Alloc.PageTable;

/// <summary>A page of 512 value words. Its descriptor holds the first key of its range.</summary>
internal readonly unsafe struct LeafTable(ulong* slots)
{
    public readonly ulong* Slots = slots;

    public SharedWord this[int index] => new(Slots + index);

    public ulong FirstKey => NodePage.FirstKey(Slots);

    public static int Index(ulong key) => (int)(key & Geometry.IndexMask);

    /// <summary>A pass begins with the first word, so one look tells whether it has begun (F1).</summary>
    public bool FreezeHasBegun => ValueWord.IsFrozen(this[0].Read());

    /// <summary>The whole pass (F2): afterwards the table cannot change. Gives the number of values that it holds for good.</summary>
    public int Freeze()
    {
        int values = 0;
        for (int i = 0; i < Geometry.SlotsPerTable; i++)
        {
            if (!ValueWord.IsAbsent(this[i].Freeze(ValueWord.FrozenBit))) values++;
        }
        return values;
    }

    /// <summary>Copies a table whose pass is done; the copy's words lose the mark.</summary>
    public void CopyFrozenTo(LeafTable copy)
    {
        for (int i = 0; i < Geometry.SlotsPerTable; i++) copy.Slots[i] = ValueWord.Unfrozen(Slots[i]);
    }

    /// <summary>The first index in [<paramref name="from"/>, <paramref name="to"/>] that holds a value; beyond it where there is none.</summary>
    public int NextValue(int from, int to)
    {
        while (from <= to && ValueWord.IsAbsent(this[from].Read())) from++;
        return from;
    }

    /// <summary>
    /// A guess that starts a replacement; the frozen content decides (F8). The line of the value just cleared comes first,
    /// since it answers "no" nearly always.
    /// </summary>
    public bool LooksEmpty(int cleared)
    {
        Fences.BetweenClearAndLook();
        int line = cleared & -Geometry.WordsPerLine;
        for (int i = 0; i < Geometry.SlotsPerTable; i += Geometry.WordsPerLine)
        {
            if (!ValueWord.IsAbsent(this[(line + i) & (int)Geometry.IndexMask].PeekLine())) return false;
        }
        return true;
    }
}
