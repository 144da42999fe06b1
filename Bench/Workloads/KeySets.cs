namespace Alloc.Bench.Workloads;

/// <summary>The key patterns of the suite, by name; every one is made from a seed and comes out the same each time.</summary>
internal static class KeySets
{
    public const int ShortestCluster = 64;
    public const int LongestCluster = 512;

    /// <summary>0, 1, 2, … count - 1: what an array would do best.</summary>
    public static KeySet Dense(int count)
    {
        var keys = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            keys[i] = (ulong)i;
        }

        return WithValues("dense", keys);
    }

    /// <summary>Runs of 64 to 512 neighbours at random 48-bit bases: what mappings, extents and allocated ids look like.</summary>
    public static KeySet Clustered(int count, ulong seed = 48)
    {
        var random = new SplitMix64(seed);
        var keys = new SortedSet<ulong>();
        while (keys.Count < count)
        {
            var length = ShortestCluster + random.Next(LongestCluster - ShortestCluster + 1);
            var first = random.Next() & ((1UL << 48) - 1);
            for (var i = 0; i < length && keys.Count < count; i++)
            {
                keys.Add(first + (ulong)i);
            }
        }

        return WithValues("clustered", [.. keys]);
    }

    private static KeySet WithValues(string name, ulong[] keys)
    {
        var values = new ulong[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            values[i] = KeySet.ValueOf(keys[i]);
        }

        return KeySet.FromSorted(name, keys, values);
    }
}
