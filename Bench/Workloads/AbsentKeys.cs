namespace Alloc.Bench.Workloads;

/// <summary>
/// Keys that a set does not hold, of two kinds that cost differently: neighbours of keys that it holds (a walk goes all the way down), and
/// keys far from all of them (a walk ends early).
/// </summary>
internal static class AbsentKeys
{
    private const ulong SpanMask = 511;
    private const int LeastBits = 48;

    /// <summary>Absent keys of aligned spans of 512 that hold some key. Fewer than asked for, down to none, where the spans are full.</summary>
    public static ulong[] InPopulatedSpans(KeySet set, int count, ulong seed = 3)
    {
        var random = new SplitMix64(seed);
        var absent = new List<ulong>(count);
        for (var attempt = 0; attempt < 4L * count && absent.Count < count && set.Count > 0; attempt++)
        {
            var key = (set.Shuffled[attempt % set.Count] & ~SpanMask) | (random.Next() & SpanMask);
            if (Array.BinarySearch(set.Sorted, key) < 0)
            {
                absent.Add(key);
            }
        }

        return [.. absent];
    }

    /// <summary>Random keys of aligned spans of 512 that hold nothing; of 48 bits, or as many as the set's own keys where these have more.</summary>
    public static ulong[] InEmptySpans(KeySet set, int count, ulong seed = 4) => InEmptySpans(set.Sorted, count, seed);

    public static ulong[] InEmptySpans(ulong[] ascending, int count, ulong seed)
    {
        var random = new SplitMix64(seed);
        var unused = 64 - Math.Max(LeastBits, KeySets.BitsOf(ascending));
        var absent = new List<ulong>(count);
        while (absent.Count < count)
        {
            var key = random.Next() >> unused;
            var next = Array.BinarySearch(ascending, key & ~SpanMask);
            next = next < 0 ? ~next : next;
            if (next == ascending.Length || ascending[next] > (key | SpanMask))
            {
                absent.Add(key);
            }
        }

        return [.. absent];
    }
}
