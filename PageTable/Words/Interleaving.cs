using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>What a thread is about to do to shared state.</summary>
internal enum Step
{
    /// <summary>Read a shared word.</summary>
    Read,

    /// <summary>Compare-and-swap a shared word.</summary>
    Change,

    /// <summary>Set a FROZEN mark.</summary>
    Freeze,

    /// <summary>Copy a node whose freeze pass is done (F2).</summary>
    Copy,

    /// <summary>Swing the parent's slot (F3).</summary>
    Swing,

    /// <summary>Retire what the swing unlinked.</summary>
    Retire,
}

/// <summary>Where tests get between the steps of a protocol: delays, stops, schedules.</summary>
/// <remarks>
/// On when the switch <c>Alloc.Validation</c> or the environment variable <c>ALLOC_VALIDATION=1</c> says so, read once. Off, the
/// field is a constant to the JIT and to NativeAOT with preinitialisation, and every use of it disappears.
/// </remarks>
internal static unsafe class Interleaving
{
    public static readonly bool Enabled =
        (AppContext.TryGetSwitch("Alloc.Validation", out bool on) && on)
        || Environment.GetEnvironmentVariable("ALLOC_VALIDATION") == "1";

    /// <summary>Called before each step, on the thread that is about to do it; null for random delays.</summary>
    public static Action<Step, nuint>? Hook { get; set; }

    [ThreadStatic]
    private static uint t_random;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Point(Step step, void* location)
    {
        if (Hook is { } hook) hook(step, (nuint)location);
        else Delay(step);
    }

    /// <summary>What happens where there is no hook: now and then a pause.</summary>
    /// <remarks>Reads are many and delays there hardly matter; the window between a freeze and its swing is what has to be held open.</remarks>
    public static void Delay(Step step)
    {
        uint x = t_random;
        if (x == 0) x = (uint)Environment.CurrentManagedThreadId * 2654435761u | 1;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        t_random = x;
        uint odds = step switch { Step.Read => 4096, Step.Change => 256, Step.Freeze => 1024, _ => 8 };
        if (x % odds != 0) return;
        if ((x >> 20) % 16 == 0) Thread.Yield();
        else Thread.SpinWait((int)((x >> 20) % 256));
    }
}
