using System.Runtime.InteropServices;

namespace Alloc.Bench.Targets;

/// <summary>The processor time of the calling thread: what is left of a window of time when the preempted parts are taken out.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Nanoseconds of processor time, user's and kernel's.</summary>
    public static long Now()
    {
        GetTime(ThreadCpuTime, out var time);
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
