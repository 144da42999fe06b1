using System.Diagnostics;
using System.Runtime.CompilerServices;
using Alloc.Bench.Measure;

namespace Alloc.Bench.SelfCheck;

/// <summary>
/// Makes a piece of work longer by a factor: what a harness must see to be believed. The work that is left as it is takes the factor one, so that
/// both run the very same code: what the compiler inlines where is worth some per cent by itself.
/// </summary>
internal static class Plant
{
    public const double None = 1;
    public const double Slowdown = 1.1;

    public static ChunkWork In(ChunkWork work, double factor) => (start, count) =>
    {
        var began = Stopwatch.GetTimestamp();
        var sum = work(start, count);
        Prolong(began, factor);
        return sum;
    };

    /// <summary>Spins until so many times as long has passed as had since this moment.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Prolong(long began, double factor)
    {
        var until = began + (long)((Stopwatch.GetTimestamp() - began) * factor);
        while (Stopwatch.GetTimestamp() < until)
        {
        }
    }
}
