namespace Alloc.Tests;

/// <summary>Other random choices than a run's own, for long runs in rounds: <c>ALLOC_TEST_SEED</c>, 0 by default.</summary>
internal static class TestSeed
{
    public static readonly int Offset = int.TryParse(Environment.GetEnvironmentVariable("ALLOC_TEST_SEED"), out int seed) ? seed : 0;

    public static int Of(int own) => own + (Offset * 1000);
}
