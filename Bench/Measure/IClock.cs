using System.Diagnostics;

namespace Alloc.Bench.Measure;

/// <summary>Where the comparer takes its time from: the machine's clock, or a made-up one in tests.</summary>
internal interface IClock
{
    /// <summary>Nanoseconds since some moment; never goes back.</summary>
    long Now();

    /// <summary>
    /// Runs a fixed piece of work that touches no memory, and returns how long it took: what the machine gave at this moment.
    /// </summary>
    long Calibrate();
}

internal sealed class MachineClock : IClock
{
    // About 20 µs: long enough to measure, short enough to stand beside every chunk.
    private const int CalibrationSteps = 20_000;

    private ulong _sink = 1;

    public static long ElapsedNanoseconds(long start, long end) => (long)((end - start) * (1e9 / Stopwatch.Frequency));

    public long Now() => ElapsedNanoseconds(0, Stopwatch.GetTimestamp());

    public long Calibrate()
    {
        var start = Stopwatch.GetTimestamp();
        var x = _sink;
        for (var i = 0; i < CalibrationSteps; i++)
        {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }

        _sink = x;
        return ElapsedNanoseconds(start, Stopwatch.GetTimestamp());
    }
}
