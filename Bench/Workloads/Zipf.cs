namespace Alloc.Bench.Workloads;

/// <summary>
/// Ranks drawn by Zipf's law: rank r comes up in proportion to 1 / r^0.99, as in the Yahoo cloud benchmark, so that few keys take most of the
/// lookups.
/// </summary>
internal static class Zipf
{
    private const double Exponent = 0.99;

    /// <summary>So many places of a list of the given length.</summary>
    public static int[] Draw(int length, int count, ulong seed = 99)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var cumulative = new double[length];
        var sum = 0.0;
        for (var rank = 0; rank < length; rank++)
        {
            cumulative[rank] = sum += Math.Pow(rank + 1, -Exponent);
        }

        var random = new SplitMix64(seed);
        var drawn = new int[count];
        for (var i = 0; i < count; i++)
        {
            var at = Array.BinarySearch(cumulative, (random.Next() >> 11) * (sum / (1UL << 53)));
            drawn[i] = Math.Min(at < 0 ? ~at : at, length - 1);
        }

        return drawn;
    }
}
