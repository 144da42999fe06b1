using System.Runtime.InteropServices;
using Alloc.Bench.Measure;

namespace Alloc.Bench.Rcu;

/// <summary>Runs what the last chunk left behind (its callbacks) before the next one is calibrated and timed: the producer's side alone is measured.</summary>
internal sealed class DrainingClock(IClock clock) : IClock
{
    private Action? _left;

    /// <summary>What is to run after the chunk that calls this.</summary>
    public void Leave(Action drain) => _left = drain;

    public void Drain()
    {
        _left?.Invoke();
        _left = null;
    }

    public long Now() => clock.Now();

    public long Calibrate()
    {
        Drain();
        return clock.Calibrate();
    }
}

/// <summary>The processor time of the whole process, all of its threads, user's and kernel's. Linux.</summary>
internal sealed partial class ProcessClock(IClock calibration) : IClock
{
    private const int ProcessCpuTime = 2;

    public long Now()
    {
        GetTime(ProcessCpuTime, out var time);
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }

    public long Calibrate() => calibration.Calibrate();

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
