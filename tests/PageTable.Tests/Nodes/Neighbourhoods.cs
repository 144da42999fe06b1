namespace Alloc.PageTable.Tests;

/// <summary>Sets of keys whose nodes go through every kind as the set fills and empties; they share directories, and lie apart.</summary>
internal static class Neighbourhoods
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    /// <summary>Several hundred keys each.</summary>
    public static readonly ulong[][] All = Apart(
    [
        // Leaf tables and runs, ascending over three blocks; runs that cross a block's border, at odd places.
        [.. Keys(1400, i => 1024 + i)],
        [.. Keys(400, i => (5UL << 30) - 77 + i)],
        [.. Keys(600, i => (6UL << 30) + i / 60 * 1500 + i % 60)],
        // Buckets, and directories over them: full under bits that are skipped, narrow below.
        [.. Keys(700, i => (1UL << 44) + (i * Multiplier >> 40))],
        [.. Keys(900, i => (1UL << 44) + (1UL << 30) + (i * Multiplier >> 42) * 8)],
        [.. Keys(600, i => (7UL << 33) + i * 16 + (i * Multiplier >> 60))],
        [.. Keys(300, i => i * Multiplier)],
        [.. Keys(800, i => (0x155UL << 55) | (i * Multiplier >> 9))],
        // The ends of the key space: keys that no bucket holds.
        [.. Keys(300, i => ulong.MaxValue - i)],
        [.. Keys(300, i => ulong.MaxValue - (i * Multiplier >> 36))],
        // Key above key, so that paths part high up.
        [.. Keys(60, i => 1UL << (int)i + 3)],
    ]);

    // No key in two of them.
    private static ulong[][] Apart(ulong[][] sets)
    {
        var taken = new HashSet<ulong>();
        return [.. sets.Select(keys => keys.Where(taken.Add).ToArray())];
    }

    private static IEnumerable<ulong> Keys(int count, Func<ulong, ulong> keyAt) => Enumerable.Range(0, count).Select(i => keyAt((ulong)i));
}
