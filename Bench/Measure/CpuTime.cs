using System.Runtime.InteropServices;

namespace Alloc.Bench.Measure;

/// <summary>Processor time, user's and kernel's, in nanoseconds: what is left of a window of time when the preempted parts are taken out. Linux.</summary>
internal static partial class CpuTime
{
    private const int ProcessClock = 2;
    private const int ThreadClock = 3;

    /// <summary>Of the whole process, all of its threads.</summary>
    public static long OfProcess() => Read(ProcessClock);

    /// <summary>Of the calling thread.</summary>
    public static long OfThread() => Read(ThreadClock);

    private static long Read(int clock)
    {
        GetTime(clock, out var time);
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
