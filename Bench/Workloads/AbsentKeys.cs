namespace Alloc.Bench.Workloads;

/// <summary>
/// Keys that a set does not hold, of two kinds that cost differently: neighbours of keys that it holds (a walk goes all the way down), and
/// keys far from all of them (a walk ends early).
/// </summary>
internal static class AbsentKeys
{
    private const ulong SpanMask = 511;

    /// <summary>Absent keys of aligned spans of 512 that hold some key. Fewer than asked for, down to none, where the spans are full.</summary>
    public static ulong[] InPopulatedSpans(KeySet set, int count, ulong seed = 3)
    {
        var present = set.Sorted.ToHashSet();
        var random = new SplitMix64(seed);
        var absent = new List<ulong>(count);
        for (var attempt = 0; attempt < 4L * count && absent.Count < count && set.Count > 0; attempt++)
        {
            var key = (set.Shuffled[attempt % set.Count] & ~SpanMask) | (random.Next() & SpanMask);
            if (!present.Contains(key))
            {
                absent.Add(key);
            }
        }

        return [.. absent];
    }

    /// <summary>Random 48-bit keys of aligned spans of 512 that hold nothing.</summary>
    public static ulong[] InEmptySpans(KeySet set, int count, ulong seed = 4)
    {
        var populated = set.Sorted.Select(key => key & ~SpanMask).ToHashSet();
        var random = new SplitMix64(seed);
        var absent = new List<ulong>(count);
        while (absent.Count < count)
        {
            var key = random.Next() & ((1UL << 48) - 1);
            if (!populated.Contains(key & ~SpanMask))
            {
                absent.Add(key);
            }
        }

        return [.. absent];
    }
}
