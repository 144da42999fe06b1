using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

/// <summary>Random pauses between two steps of a protocol, so that tests meet the interleavings that a quiet machine hides.</summary>
internal static class DelayHook
{
    [ThreadStatic] private static uint t_state;

    /// <summary>One step in this many is delayed.</summary>
    public static int Rarity { get; set; } = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Here()
    {
        if (Validation.Enabled) PauseSlow();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PauseSlow()
    {
        uint x = t_state;
        if (x == 0) x = (uint)Environment.CurrentManagedThreadId * 2654435769u | 1;
        x ^= x << 13; x ^= x >> 17; x ^= x << 5;
        t_state = x;
        if (x % (uint)Math.Max(1, Rarity) != 0) return;
        switch (x >> 28)
        {
            case < 9: Thread.SpinWait((int)(x >> 8 & 0xFF)); break;
            case < 15: Thread.Yield(); break;
            default: SteadyLock.Pause(milliseconds: 0); break;
        }
    }
}
