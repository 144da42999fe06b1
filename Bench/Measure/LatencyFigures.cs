using HdrHistogram;

namespace Alloc.Bench.Measure;

/// <summary>Durations in nanoseconds, to three figures.</summary>
/// <param name="Curve">Pairs of a duration and the fraction that took no longer.</param>
internal sealed record LatencyFigures(string Name, long Count, double Mean, long P50, long P90, long P99, long P999, long P9999, long Maximum, List<double[]> Curve)
{
    private const long Longest = 60_000_000_000;
    private const int Digits = 3;

    /// <summary>Up to a minute; a longer duration is recorded as that. Not thread-safe.</summary>
    public static LongHistogram NewHistogram() => new(1, Longest, Digits);

    public static void Record(LongHistogram histogram, long nanoseconds) => histogram.RecordValue(Math.Clamp(nanoseconds, 1, Longest));

    public static LatencyFigures Of(string name, LongHistogram histogram) => new(
        name, histogram.TotalCount, histogram.GetMean(), histogram.GetValueAtPercentile(50), histogram.GetValueAtPercentile(90),
        histogram.GetValueAtPercentile(99), histogram.GetValueAtPercentile(99.9), histogram.GetValueAtPercentile(99.99), histogram.GetMaxValue(),
        [.. CurveOf(histogram)]);

    /// <summary>The fraction that took less than this, to the precision of the curve.</summary>
    public double FractionBelow(long nanoseconds) => Curve.LastOrDefault(point => point[0] < nanoseconds) is { } point ? point[1] : 0;

    private static IEnumerable<double[]> CurveOf(LongHistogram histogram)
    {
        long seen = 0;
        foreach (var bucket in histogram.RecordedValues())
        {
            seen += bucket.CountAddedInThisIterationStep;
            yield return [bucket.ValueIteratedTo, (double)seen / histogram.TotalCount];
        }
    }
}
