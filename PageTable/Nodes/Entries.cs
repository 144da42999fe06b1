namespace Alloc.PageTable;

/// <summary>A part of a <see cref="Content"/>.</summary>
internal readonly unsafe struct Entries(ulong* keys, ulong* words, int count, bool isSorted)
{
    public readonly ulong* Keys = keys;
    public readonly ulong* Words = words;
    public readonly int Count = count;
    public readonly bool IsSorted = isSorted;

    public Entries Slice(int from, int to) => new(Keys + from, Words + from, to - from, IsSorted);

    public Entries Sorted()
    {
        if (!IsSorted) EntrySort.Sort(Keys, Words, Count);
        return new Entries(Keys, Words, Count, isSorted: true);
    }

    /// <summary>Brings the entries of each block of 2^<paramref name="shift"/> keys together, where all lie in one of 2^(<paramref name="shift"/> + <paramref name="bits"/>):
    /// by bits from the highest on, which for the few that a child is divided by costs a fifth of sorting.</summary>
    public void GroupByBlock(int shift, int bits)
    {
        if (IsSorted || bits == 0 || Count < 2) return;
        ulong bit = 1UL << shift + bits - 1;
        int low = 0, high = Count;
        while (low < high)
        {
            if ((Keys[low] & bit) == 0)
            {
                low++;
                continue;
            }
            high--;
            (Keys[low], Keys[high]) = (Keys[high], Keys[low]);
            (Words[low], Words[high]) = (Words[high], Words[low]);
        }
        Slice(0, low).GroupByBlock(shift, bits - 1);
        Slice(low, Count).GroupByBlock(shift, bits - 1);
    }

    public void GetBounds(out ulong lowest, out ulong highest)
    {
        lowest = Keys[0];
        highest = Keys[Count - 1];
        if (IsSorted) return;
        for (int i = 0; i < Count; i++)
        {
            lowest = Math.Min(lowest, Keys[i]);
            highest = Math.Max(highest, Keys[i]);
        }
    }

    public bool ContainsReserved()
    {
        if (IsSorted) return Bucket.IsReserved(Keys[Count - 1]);
        var keys = new ReadOnlySpan<ulong>(Keys, Count);
        return keys.ContainsAny(Bucket.Empty, Bucket.Frozen);
    }

    /// <summary>Whether more than half of the keys have the next key beside them.</summary>
    public bool AreMostlyNeighbours()
    {
        Sorted();
        int neighbours = 0;
        for (int i = 1; i < Count; i++)
        {
            if (Keys[i] - Keys[i - 1] == 1) neighbours++;
        }
        return neighbours * 2 > Count;
    }
}
