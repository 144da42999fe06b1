using System.Numerics;

namespace Alloc.Bench.Measure;

/// <summary>
/// Counts of durations in nanoseconds, in buckets that keep their relative width: exact up to 128 ns, then 64 buckets for each power
/// of two, so that no quantile is off by more than 1/64. Recording is an increment; nothing is allocated. Not thread-safe: one a thread, then <see cref="Add"/>.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int BucketBits = 6;
    private const int BucketsPerOctave = 1 << BucketBits;
    private readonly long[] _counts = new long[(64 - BucketBits) * BucketsPerOctave + BucketsPerOctave];

    public long Count { get; private set; }

    public long Maximum { get; private set; }

    public long Minimum { get; private set; } = long.MaxValue;

    public double Mean => Count == 0 ? double.NaN : Sum / Count;

    private double Sum { get; set; }

    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        _counts[BucketOf((ulong)nanoseconds)]++;
        Count++;
        Sum += nanoseconds;
        Maximum = Math.Max(Maximum, nanoseconds);
        Minimum = Math.Min(Minimum, nanoseconds);
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        Sum += other.Sum;
        Maximum = Math.Max(Maximum, other.Maximum);
        Minimum = Math.Min(Minimum, other.Minimum);
    }

    /// <summary>The smallest recorded size (rounded up to its bucket's end) that a fraction of the records does not exceed.</summary>
    public long Quantile(double fraction)
    {
        if (Count == 0)
        {
            return 0;
        }

        var rank = Math.Max(1, (long)Math.Ceiling(fraction * Count));
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return Math.Min((long)LastOf(i), Maximum);
            }
        }

        return Maximum;
    }

    /// <summary>The fraction of the records below a bound, to the precision of a bucket.</summary>
    public double FractionBelow(long nanoseconds)
    {
        long below = 0;
        for (var i = 0; i < _counts.Length && (long)LastOf(i) < nanoseconds; i++)
        {
            below += _counts[i];
        }

        return Count == 0 ? 0 : (double)below / Count;
    }

    /// <summary>The filled buckets in ascending order: upper bound in nanoseconds, and the fraction of the records up to it.</summary>
    public IEnumerable<(double Nanoseconds, double Fraction)> Cumulative()
    {
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] != 0)
            {
                seen += _counts[i];
                yield return (Math.Min(LastOf(i), (ulong)Maximum), (double)seen / Count);
            }
        }
    }

    // The top BucketBits + 1 bits of a size name its bucket: octave, and place in the octave.
    private static int BucketOf(ulong size)
    {
        var octave = Math.Max(0, BitOperations.Log2(size | 1) - BucketBits);
        return (octave << BucketBits) + (int)(size >> octave);
    }

    private static ulong LastOf(int bucket)
    {
        if (bucket < 2 * BucketsPerOctave)
        {
            return (ulong)bucket;
        }

        var octave = (bucket >> BucketBits) - 1;
        var place = (ulong)(bucket - (octave << BucketBits));
        return ((place + 1) << octave) - 1;
    }
}
