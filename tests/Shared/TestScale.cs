namespace Alloc.Tests;

/// <summary>How much work the suite does: 1 by default, more for longer runs through <c>ALLOC_TEST_SCALE</c>.</summary>
internal static class TestScale
{
    public static readonly double Factor =
        double.TryParse(Environment.GetEnvironmentVariable("ALLOC_TEST_SCALE"), out var f) && f > 0 ? f : 1;

    public static int Of(int count) => (int)Math.Clamp(count * Factor, 1, int.MaxValue);

    public static TimeSpan Of(TimeSpan time) => time * Factor;
}
