using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

/// <summary>The hostile mode of the shipped assembly: checks, delays and counters near their wrap. Folded away by the JIT when off.</summary>
/// <remarks>On through the AppContext switch <c>Alloc.Validation</c> or the environment variable <c>ALLOC_VALIDATION=1</c>, read once.</remarks>
internal static class Validation
{
    private static readonly bool IsOn = Switch.IsOn("Alloc.Validation", "ALLOC_VALIDATION");

    /// <summary>A feature switch as well, so that a trimmed or NativeAOT application that sets it to false has nothing of it left.</summary>
    [FeatureSwitchDefinition("Alloc.Validation")]
    public static bool Enabled
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsOn;
    }

    /// <summary>The low 16, 32 and 48 bits of the epoch all wrap after this many grace periods in validation mode.</summary>
    public const ulong StepsBeforeWrap = 16;

    public static ulong FirstEpoch => Enabled ? (1UL << 48) - StepsBeforeWrap : 1;
}

/// <summary>A process-wide choice made before the first use of the library.</summary>
internal static class Switch
{
    public static bool IsOn(string appContextName, string environmentName) =>
        (AppContext.TryGetSwitch(appContextName, out bool on) && on) || Environment.GetEnvironmentVariable(environmentName) == "1";
}
