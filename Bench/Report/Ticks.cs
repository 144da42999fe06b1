namespace Alloc.Bench.Report;

/// <summary>Where the marks of an axis stand and what they say.</summary>
internal static class Ticks
{
    /// <summary>Round steps (1, 2 or 5 times a power of ten) from zero up to the first at or above the maximum.</summary>
    public static List<(double Position, string Label)> Linear(double maximum, Func<double, string> label, int about = 5)
    {
        maximum = maximum > 0 ? maximum : 1;
        var rough = maximum / about;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (rough / power) switch
        {
            <= 1.5 => power,
            <= 3 => 2 * power,
            <= 7 => 5 * power,
            _ => 10 * power,
        };
        var ticks = new List<(double, string)>();
        for (var i = 0; ; i++)
        {
            ticks.Add((i * step, label(i * step)));
            if (i * step >= maximum * (1 - 1e-9))
            {
                return ticks;
            }
        }
    }

    /// <summary>Powers of ten around a range, for an axis of logarithms: the position is the exponent.</summary>
    public static List<(double Position, string Label)> Logarithmic(double minimum, double maximum, Func<double, string> label)
    {
        var first = (int)Math.Floor(Math.Log10(minimum) + 1e-9);
        var last = Math.Max(first + 1, (int)Math.Ceiling(Math.Log10(maximum) - 1e-9));
        return [.. Enumerable.Range(first, last - first + 1).Select(e => ((double)e, label(Math.Pow(10, e))))];
    }
}
