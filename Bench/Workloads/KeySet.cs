namespace Alloc.Bench.Workloads;

/// <summary>
/// Distinct keys in two orders, each with its value: sorted, as a scan meets them, and shuffled, as everything else uses them
/// (a key order that follows the memory order flatters whoever keeps keys in order).
/// </summary>
internal sealed class KeySet
{
    private KeySet(string name, ulong[] sorted, ulong[] sortedValues, ulong seed)
    {
        Name = name;
        Sorted = sorted;
        SortedValues = sortedValues;
        var order = new ulong[sorted.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = (ulong)i;
        }

        new SplitMix64(seed).Shuffle(order);
        Shuffled = new ulong[order.Length];
        ShuffledValues = new ulong[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            Shuffled[i] = sorted[order[i]];
            ShuffledValues[i] = sortedValues[order[i]];
        }
    }

    public string Name { get; }

    public ulong[] Sorted { get; }

    public ulong[] SortedValues { get; }

    public ulong[] Shuffled { get; }

    public ulong[] ShuffledValues { get; }

    public int Count => Sorted.Length;

    /// <summary>Takes ascending, distinct keys and their values; anything else is a mistake of the caller.</summary>
    public static KeySet FromSorted(string name, ulong[] keys, ulong[] values, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, keys.Length);
        for (var i = 1; i < keys.Length; i++)
        {
            if (keys[i] <= keys[i - 1])
            {
                throw new ArgumentException($"The keys of '{name}' are not ascending and distinct at {i}.", nameof(keys));
            }
        }

        return new KeySet(name, keys, values, seed);
    }

    /// <summary>The value that the made-up sets store under a key: never zero, and inline in every table.</summary>
    public static ulong ValueOf(ulong key) => (SplitMix64.Mix(key) & ((1UL << 48) - 1)) | 1;

    /// <summary>What a pass over all keys must sum up to, in whatever order.</summary>
    public ulong ValueSum()
    {
        var sum = 0UL;
        foreach (var value in SortedValues)
        {
            sum += value;
        }

        return sum;
    }

    /// <summary>The checksum of an ordered scan: it depends on the order, the keys and the values.</summary>
    public ulong ScanSum()
    {
        var sum = 0UL;
        for (var i = 0; i < Sorted.Length; i++)
        {
            sum = ScanStep(sum, Sorted[i], SortedValues[i]);
        }

        return sum;
    }

    /// <summary>
    /// One step of <see cref="ScanSum"/>: cheap (a rotation, an addition and an exclusive or), so that the scan is what is timed.
    /// </summary>
    public static ulong ScanStep(ulong sum, ulong key, ulong value) => ulong.RotateLeft(sum, 1) + (key ^ value);
}
