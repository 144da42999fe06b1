using Alloc.Bench.Measure;

namespace Alloc.Bench.Tests.Measure;

public sealed class LatencyFiguresTests
{
    [Fact]
    public void Quantiles_and_fractions_are_right_to_three_figures()
    {
        var histogram = LatencyFigures.NewHistogram();
        for (var i = 1; i <= 10_000; i++)
        {
            LatencyFigures.Record(histogram, i * 100);
        }

        var figures = LatencyFigures.Of("a", histogram);

        Assert.Equal(10_000, figures.Count);
        Assert.InRange(figures.P50, 499_000, 501_000);
        Assert.InRange(figures.P9999, 999_000, 1_001_000);
        Assert.InRange(figures.Maximum, 999_000, 1_001_000);
        Assert.InRange(figures.FractionBelow(250_000), 0.2490, 0.2510);
        Assert.Equal(0, figures.FractionBelow(1));
        Assert.Equal(1, figures.Curve[^1][1], 9);
    }

    [Fact]
    public void What_is_too_short_or_too_long_is_recorded_at_the_border()
    {
        var histogram = LatencyFigures.NewHistogram();

        LatencyFigures.Record(histogram, -5);
        LatencyFigures.Record(histogram, long.MaxValue);

        Assert.Equal(2, histogram.TotalCount);
    }
}
