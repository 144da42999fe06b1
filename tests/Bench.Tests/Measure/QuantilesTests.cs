using Alloc.Bench.Measure;

namespace Alloc.Bench.Tests.Measure;

public sealed class QuantilesTests
{
    [Fact]
    public void The_median_is_the_middle_or_the_mean_of_the_two_middles()
    {
        Assert.Equal(2, Quantiles.Median([3, 1, 2]));
        Assert.Equal(2.5, Quantiles.Median([4, 1, 2, 3]));
        Assert.True(double.IsNaN(Quantiles.Median([])));
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 1, 0.5)]
    [InlineData(5, 1, 0.9375)] // all that five samples can say
    [InlineData(6, 1, 0.96875)]
    [InlineData(9, 2, 0.9609375)]
    [InlineData(20, 6, 0.9586105346679688)]
    public void The_bounds_of_a_median_are_the_order_statistics_of_the_sign_test(int samples, int rank, double confidence)
    {
        double[] values = [.. Enumerable.Range(1, samples).Select(i => (double)i)];

        var (low, high, reached) = Quantiles.MedianBounds(values);

        Assert.Equal(rank, low);
        Assert.Equal(samples + 1 - rank, high);
        Assert.Equal(confidence, reached, 12);
    }
}
