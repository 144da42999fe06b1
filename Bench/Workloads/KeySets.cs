using System.Numerics;

namespace Alloc.Bench.Workloads;

/// <summary>The key patterns of the suite, by name; every one is made from a seed and comes out the same each time.</summary>
internal static class KeySets
{
    public const int ShortestCluster = 64;
    public const int LongestCluster = 512;
    public const int Sparseness = 16;

    /// <summary>The patterns that have a name on the command line.</summary>
    public static IReadOnlyList<string> Patterns { get; } = ["dense", "clustered", "sixteenth", "random32", "random64"];

    public static KeySet Create(string pattern, int count) => WithValues(pattern, KeysOf(pattern, count));

    /// <summary>The keys alone, ascending.</summary>
    public static ulong[] KeysOf(string pattern, int count) => pattern switch
    {
        "dense" => DenseKeys(count),
        "clustered" => ClusteredKeys(count, 48),
        "sixteenth" => SixteenthKeys(count, 16),
        "random32" => RandomKeys(count, 32, 64),
        "random64" => RandomKeys(count, 64, 64),
        _ => throw new ArgumentException($"No pattern is called '{pattern}'.", nameof(pattern)),
    };

    /// <summary>0, 1, 2, … count - 1: what an array would do best.</summary>
    public static KeySet Dense(int count) => WithValues("dense", DenseKeys(count));

    /// <summary>Runs of 64 to 512 neighbours at random 48-bit bases: what mappings, extents and allocated ids look like.</summary>
    public static KeySet Clustered(int count, ulong seed = 48) => WithValues("clustered", ClusteredKeys(count, seed));

    /// <summary>Every sixteenth key of a range on average, at random: the worst density for whoever stores neighbours together.</summary>
    public static KeySet Sixteenth(int count) => Create("sixteenth", count);

    /// <summary>Distinct random keys of so many bits.</summary>
    public static KeySet Random(int count, int bits) => Create($"random{bits}", count);

    /// <summary>The same keys with values of all 64 bits, every second of them with the highest set: those fit no table's word.</summary>
    public static KeySet WithWideWords(KeySet set) =>
        KeySet.FromSorted(set.Name + ", 64-bit values", set.Sorted, Array.ConvertAll(set.Sorted, key => SplitMix64.Mix(key ^ 0x5EED) | 1));

    /// <summary>How many bits the largest key has.</summary>
    public static int BitsOf(ulong[] ascending) => ascending.Length == 0 ? 0 : BitOperations.Log2(ascending[^1]) + 1;

    private static ulong[] DenseKeys(int count)
    {
        var keys = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            keys[i] = (ulong)i;
        }

        return keys;
    }

    private static ulong[] ClusteredKeys(int count, ulong seed)
    {
        var random = new SplitMix64(seed);
        return Distinct(count, (keys, wanted) =>
        {
            while (wanted > 0)
            {
                var length = Math.Min(wanted, ShortestCluster + random.Next(LongestCluster - ShortestCluster + 1));
                var first = random.Next() & ((1UL << 48) - 1);
                for (var i = 0; i < length; i++)
                {
                    keys.Add(first + (ulong)i);
                }

                wanted -= length;
            }
        });
    }

    private static ulong[] SixteenthKeys(int count, ulong seed)
    {
        // Knuth's selection sampling: every subset of the range is as likely as any other.
        var random = new SplitMix64(seed);
        var keys = new ulong[count];
        var range = (long)count * Sparseness;
        long chosen = 0;
        for (long key = 0; chosen < count; key++)
        {
            if ((long)Math.BigMul(random.Next(), (ulong)(range - key), out _) < count - chosen)
            {
                keys[chosen++] = (ulong)key;
            }
        }

        return keys;
    }

    private static ulong[] RandomKeys(int count, int bits, ulong seed)
    {
        var random = new SplitMix64(seed + (ulong)bits);
        return Distinct(count, (keys, wanted) =>
        {
            for (var i = 0; i < wanted; i++)
            {
                keys.Add(random.Next() >> (64 - bits));
            }
        });
    }

    // Sorted and without doubles; what doubles took away is made up for.
    private static ulong[] Distinct(int count, Action<List<ulong>, int> add)
    {
        var keys = new List<ulong>(count);
        while (keys.Count < count)
        {
            add(keys, count - keys.Count);
            keys.Sort();
            var kept = 0;
            for (var i = 0; i < keys.Count; i++)
            {
                if (i == 0 || keys[i] != keys[kept - 1])
                {
                    keys[kept++] = keys[i];
                }
            }

            keys.RemoveRange(kept, keys.Count - kept);
        }

        return [.. keys];
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
