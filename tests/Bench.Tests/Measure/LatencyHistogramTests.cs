using Alloc.Bench.Measure;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Tests.Measure;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Every_quantile_is_within_one_sixty_fourth_of_the_exact_one()
    {
        var random = new SplitMix64(1);
        var histogram = new LatencyHistogram();
        var exact = new long[100_000];
        for (var i = 0; i < exact.Length; i++)
        {
            exact[i] = (long)(random.Next() >> (30 + random.Next(30))); // from nanoseconds to seconds
            histogram.Record(exact[i]);
        }

        Array.Sort(exact);
        foreach (var fraction in (double[])[0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1])
        {
            var wanted = exact[(int)Math.Ceiling(fraction * exact.Length) - 1];
            Assert.InRange(histogram.Quantile(fraction), wanted, wanted + (wanted / 64.0) + 1);
        }

        Assert.Equal(exact[0], histogram.Minimum);
        Assert.Equal(exact[^1], histogram.Maximum);
        Assert.Equal(exact.Average(), histogram.Mean, exact.Average() * 1e-9);
    }

    [Fact]
    public void The_cumulative_curve_ends_at_one_and_agrees_with_the_quantiles()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 100; i++)
        {
            histogram.Record(i);
        }

        var curve = histogram.Cumulative().ToList();

        Assert.Equal(100, curve.Count);
        Assert.Equal((50, 0.5), curve[49]);
        Assert.Equal((100, 1.0), curve[^1]);
        Assert.Equal(50, histogram.Quantile(0.5));
        Assert.Equal(0.49, histogram.FractionBelow(50), 12);
    }

    [Fact]
    public void Extremes_are_kept_and_histograms_add_up()
    {
        var one = new LatencyHistogram();
        one.Record(long.MaxValue);
        one.Record(-5);
        var other = new LatencyHistogram();
        other.Record(1000);

        one.Add(other);

        Assert.Equal(3, one.Count);
        Assert.Equal(long.MaxValue, one.Maximum);
        Assert.Equal(long.MaxValue, one.Quantile(1));
        Assert.Equal(0, one.Minimum);
        Assert.Equal(0, new LatencyHistogram().Quantile(0.5));
    }
}
