using System.Runtime.InteropServices;

namespace Alloc.Litmus;

/// <summary>
/// Puts the two sides of a litmus test on two processors. On a busy machine the scheduler may leave both on one for the whole run, and one processor
/// never shows store buffering.
/// </summary>
internal static unsafe partial class Processors
{
    private const int MaskWords = 16;

    /// <summary>Binds the calling thread to the <paramref name="index"/>-th of the processors that this process may use. Where that is not possible, nothing happens.</summary>
    public static void Bind(int index)
    {
        if (!OperatingSystem.IsLinux()) return;
        ulong* allowed = stackalloc ulong[MaskWords];
        ulong* one = stackalloc ulong[MaskWords];
        new Span<ulong>(allowed, MaskWords).Clear();
        new Span<ulong>(one, MaskWords).Clear();
        int process = Environment.ProcessId;
        if (GetAffinity(process, MaskWords * sizeof(ulong), allowed) < 0) return;
        for (int processor = 0, seen = 0; processor < MaskWords * 64; processor++)
        {
            if ((allowed[processor / 64] >> (processor % 64) & 1) == 0 || seen++ != index) continue;
            one[processor / 64] = 1UL << (processor % 64);
            _ = SetAffinity(0, MaskWords * sizeof(ulong), one);
            return;
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, ulong* mask);
}
