namespace Alloc.Bench.Measure;

/// <summary>Order statistics of a few samples.</summary>
internal static class Quantiles
{
    public static double Median(ReadOnlySpan<double> samples)
    {
        if (samples.IsEmpty)
        {
            return double.NaN;
        }

        var sorted = samples.ToArray();
        Array.Sort(sorted);
        var half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /// <summary>
    /// Bounds that hold the true median with at least the given confidence, whatever the distribution: the k-th smallest and k-th
    /// largest sample, with k the largest whose binomial tail allows it. With too few samples the bounds are all there is, the smallest and
    /// the largest, and the confidence that they give comes back.
    /// </summary>
    public static (double Low, double High, double Confidence) MedianBounds(ReadOnlySpan<double> samples, double confidence = 0.95)
    {
        var n = samples.Length;
        if (n == 0)
        {
            return (double.NaN, double.NaN, 0);
        }

        var sorted = samples.ToArray();
        Array.Sort(sorted);

        // P(X < k) for X ~ Binomial(n, 1/2): one tail of "the median lies outside [k-th smallest, k-th largest]" (k counted from 1).
        var probability = Math.Pow(0.5, n);
        var tail = probability;
        var reached = 1 - (2 * tail);
        var k = 1;
        while (k < n / 2)
        {
            probability = probability * (n - k + 1) / k;
            if (1 - (2 * (tail + probability)) < confidence)
            {
                break;
            }

            tail += probability;
            reached = 1 - (2 * tail);
            k++;
        }

        return (sorted[k - 1], sorted[n - k], Math.Max(0, reached));
    }
}
