namespace Alloc.PageTable;

/// <summary>Value words of neighbouring keys: a leaf table's, or a run's.</summary>
internal readonly unsafe struct Window(ulong* words, ulong firstKey, int count)
{
    public readonly ulong* Words = words;
    public readonly ulong FirstKey = firstKey;
    public readonly int Count = count;

    public ulong LastKey => FirstKey + (uint)Count - 1;

    public SharedWord this[int index] => new(Words + index);

    public bool Covers(ulong key) => key - FirstKey < (uint)Count;

    /// <summary>A pass begins with the first word, so one look tells whether it has begun (F1).</summary>
    public bool FreezeHasBegun => ValueWord.IsFrozen(this[0].Read());

    /// <summary>The whole pass (F2): afterwards the node cannot change, and the content is what it holds for good.</summary>
    public void Freeze(ref Content content)
    {
        for (int i = 0; i < Count; i++)
        {
            ulong word = this[i].Freeze(ValueWord.FrozenBit);
            if (!ValueWord.IsAbsent(word)) content.Add(FirstKey + (uint)i, ValueWord.Unfrozen(word));
        }
    }

    /// <summary>The part of a range of keys that lies in here; empty where <paramref name="to"/> is less than <paramref name="from"/>.</summary>
    public void Clip(ulong first, ulong last, out int from, out int to)
    {
        from = first <= FirstKey ? 0 : (int)Math.Min(first - FirstKey, (uint)Count);
        to = last >= LastKey ? Count - 1 : last < FirstKey ? -1 : (int)(last - FirstKey);
    }

    /// <summary>The first index in [<paramref name="from"/>, <paramref name="to"/>] that holds a value; beyond it where there is none.</summary>
    public int NextValue(int from, int to)
    {
        while (from <= to && ValueWord.IsAbsent(this[from].Read())) from++;
        return from;
    }

    /// <summary>The last index in [<paramref name="from"/>, <paramref name="to"/>] that holds a value; before it where there is none.</summary>
    public int PreviousValue(int from, int to)
    {
        while (from <= to && ValueWord.IsAbsent(this[to].Read())) to--;
        return to;
    }

    /// <summary>
    /// A guess that starts a replacement; the frozen content decides (F8). The line of the value just cleared comes first,
    /// since it answers "no" nearly always.
    /// </summary>
    public bool LooksEmpty(int cleared)
    {
        Fences.BetweenClearAndLook();
        int line = cleared & -Geometry.WordsPerLine;
        return LooksEmpty(line, Math.Min(Count, line + Geometry.WordsPerLine)) && LooksEmpty(0, line) && LooksEmpty(line, Count);
    }

    private bool LooksEmpty(int from, int to)
    {
        for (; from + Geometry.WordsPerLine <= to; from += Geometry.WordsPerLine)
        {
            if (!ValueWord.IsAbsent(this[from].PeekLine())) return false;
        }
        for (; from < to; from++)
        {
            if (!ValueWord.IsAbsent(this[from].Read())) return false;
        }
        return true;
    }
}
