using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>
/// The hostile mode of the shipped assembly: delays at every access of a shared word, tiny caches, checks of invariants.
/// Off, the JIT folds every trace of it away, since the switch is a <c>static readonly</c>.
/// </summary>
internal static class Validation
{
    private static readonly bool s_isOn = (AppContext.TryGetSwitch("Alloc.Validation", out bool on) && on)
        || Environment.GetEnvironmentVariable("ALLOC_VALIDATION") == "1";

    private static readonly LeftOut s_leftOut = s_isOn
        && Enum.TryParse(Environment.GetEnvironmentVariable("ALLOC_VALIDATION_LEAVE_OUT"), out LeftOut step) ? step : LeftOut.Nothing;

    /// <summary>
    /// Set by the AppContext switch <c>Alloc.Validation</c> or the environment variable <c>ALLOC_VALIDATION=1</c>. A feature switch as well: a trimmed or
    /// ahead-of-time compiled program that sets it to false has nothing of it left.
    /// </summary>
    [FeatureSwitchDefinition("Alloc.Validation")]
    public static bool IsOn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => s_isOn;
    }

    /// <summary>
    /// Negative control: the step of a protocol that is left out, so that a stress test can show that it would notice.
    /// Validation mode only; from the environment variable <c>ALLOC_VALIDATION_LEAVE_OUT</c>.
    /// </summary>
    public static LeftOut LeftOut
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsOn ? s_leftOut : LeftOut.Nothing;
    }

    [ThreadStatic]
    private static uint t_random;

    /// <summary>Now and then lets another thread run between two steps that are usually a nanosecond apart.</summary>
    public static void Delay()
    {
        uint x = t_random == 0 ? (uint)Environment.CurrentManagedThreadId * 2654435761u | 1 : t_random;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        t_random = x;
        if ((x & 0x3ff) == 0)
            Thread.Yield();
        else if ((x & 0x3f) == 1)
            Thread.SpinWait((int)(x >> 26));
    }

    /// <summary>What is freed as zero must be so; everything else is poisoned.</summary>
    public static unsafe void CheckFreed(Page page, bool zero)
    {
        if (!zero)
            Poison(page.Address, Page.Size);
        else if (page.AsSpan().ContainsAnyExcept((byte)0))
            throw new InvalidOperationException($"The page {page} was freed as zero, but it is not.");
    }

    public static unsafe void Poison(byte* memory, int size) =>
        new Span<ulong>(memory, size / sizeof(ulong)).Fill(Quarantine.Pattern);

    public static unsafe void AssertZero(byte* memory, int size) =>
        Assert(!new Span<byte>(memory, size).ContainsAnyExcept((byte)0), "a page known to be zero is not: it was written after it had been freed");

    public static void Assert(bool holds, string invariant)
    {
        if (!holds)
            throw new InvalidOperationException("Alloc.Native invariant broken: " + invariant);
    }
}

/// <summary>What a negative control may leave out.</summary>
internal enum LeftOut
{
    Nothing,

    /// <summary>C1: pages are taken by load and store.</summary>
    AtomicTake,

    /// <summary>D1: the heads of the depot carry no tag.</summary>
    DepotTag,

    /// <summary>B: the sweeper looks without the process-wide barrier, and the owner's store comes late.</summary>
    SweepBarrier,
}
