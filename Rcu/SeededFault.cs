namespace Alloc.Rcu;

/// <summary>Bugs that the tests plant to show that they would find them. Only in validation mode; folded away otherwise.</summary>
internal enum SeededFault
{
    None,

    /// <summary>A snapshot joins the grace period under way instead of rounding up (G1).</summary>
    JoinCurrent,

    /// <summary>A scan looks at the first slot only (R1).</summary>
    ShortScan,

    /// <summary>A thief does not wait for a thread in the middle of a defer (Q1).</summary>
    RudeThief,

    /// <summary>The watcher does not look again after it announced its sleep (Q4).</summary>
    NoRecheck,

    /// <summary>Barrier does not take what other threads hold back (P3).</summary>
    ForgetHeldBack,

    /// <summary>The slot of a live thread is taken for a dead one's (R2).</summary>
    BuryAlive,
}

internal static class Faults
{
    private static SeededFault s_planted;

    public static SeededFault Planted
    {
        get => s_planted;
        set => s_planted = Validation.Enabled ? value : throw new InvalidOperationException("Faults are for validation mode.");
    }

    public static bool Is(SeededFault fault) => Validation.Enabled && s_planted == fault;
}
