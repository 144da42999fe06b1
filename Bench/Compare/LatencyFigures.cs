using HdrHistogram;

namespace Alloc.Bench.Compare;

/// <summary>Latencies of the open loop in nanoseconds.</summary>
/// <param name="Curve">Pairs of a latency and the fraction of operations up to it.</param>
internal sealed record LatencyFigures(string Name, long Count, double Mean, long P50, long P90, long P99, long P999, long P9999, long Maximum, double[][] Curve)
{
    public static LatencyFigures Of(string name, LongHistogram histogram) => new(
        name, histogram.TotalCount, histogram.GetMean(), histogram.GetValueAtPercentile(50), histogram.GetValueAtPercentile(90),
        histogram.GetValueAtPercentile(99), histogram.GetValueAtPercentile(99.9), histogram.GetValueAtPercentile(99.99), histogram.GetMaxValue(),
        [.. CurveOf(histogram)]);

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
