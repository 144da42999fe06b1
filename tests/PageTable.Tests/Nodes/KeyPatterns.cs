using System.Numerics;

namespace Alloc.PageTable.Tests;

/// <summary>Sequences of different keys, from the friendly to the hostile; the i-th key depends on i alone.</summary>
internal static class KeyPatterns
{
    private const ulong HashMultiplier = 0x9E3779B97F4A7C15;
    private static readonly ulong HashInverse = InverseOf(HashMultiplier);

    /// <summary>What people store.</summary>
    public static readonly IReadOnlyDictionary<string, Func<int, ulong>> Usual = new Dictionary<string, Func<int, ulong>>
    {
        ["dense"] = i => 1_000_003 + (ulong)i,
        ["dense, downwards"] = i => (1UL << 40) - (ulong)i,
        ["dense, from the middle to both sides"] = i => (i & 1) == 0 ? (1UL << 33) + (ulong)(i >> 1) : (1UL << 33) - 1 - (ulong)(i >> 1),
        // 48-bit places, 64 to 512 neighbours in each.
        ["clustered"] = i => (Mix((ulong)i / 256) & 0xFFFF_FFFF_FF00) + (ulong)i % (64 + Mix((ulong)i / 256) % 192) + ((ulong)i % 256 < 64 + Mix((ulong)i / 256) % 192 ? 0 : 1UL << 50),
        ["one of sixteen"] = i => (ulong)i * 16 + (Mix((ulong)i) & 15),
        ["random"] = i => Mix((ulong)i),
    };

    /// <summary>What an enemy stores, or an accident.</summary>
    public static readonly IReadOnlyDictionary<string, Func<int, ulong>> Hostile = new Dictionary<string, Func<int, ulong>>
    {
        ["one key in each 2^44 neighbourhood"] = i => (ulong)i << 44 | (Mix((ulong)i) & ((1UL << 44) - 1)),
        ["bit-reversed counters"] = i => Reverse((ulong)i),
        ["all-ones prefixes"] = i => ~(Mix((ulong)i >> 4) >> (8 + i % 16 * 3)) ^ (ulong)i,
        ["nested powers of two"] = NestedPowers,
        ["prefixes of /64 folded to 64 bits"] = i => 0x2001_0DB8_0000_0000 | (ulong)(i % 61) << 52 ^ (ulong)(i / 61 % 4093) << 20 ^ (ulong)(i / 61 / 4093) << 4,
        ["keys of one bucket hash"] = i => ((0xC0FFEEUL << 32) + (ulong)i) * HashInverse,
    };

    public static readonly IReadOnlyDictionary<string, Func<int, ulong>> All = new Dictionary<string, Func<int, ulong>>([.. Usual, .. Hostile]);

    /// <summary>The first so many keys of a pattern, each once.</summary>
    public static ulong[] Take(string pattern, int count)
    {
        Func<int, ulong> keyAt = All[pattern];
        var keys = new ulong[count];
        var seen = new HashSet<ulong>(count);
        int taken = 0;
        for (int i = 0; taken < count; i++)
        {
            Assert.True(i < 4 * count + 64, $"the pattern \"{pattern}\" repeats itself");
            ulong key = keyAt(i);
            if (seen.Add(key)) keys[taken++] = key;
        }
        return keys;
    }

    /// <summary>An odd bijection, so that different numbers give different keys.</summary>
    public static ulong Mix(ulong x)
    {
        x = (x + 1) * HashMultiplier;
        x = (x ^ x >> 31) * 0xBF58476D1CE4E5B9;
        x = (x ^ x >> 27) * 0x94D049BB133111EB;
        return x ^ x >> 33;
    }

    private static ulong Reverse(ulong x)
    {
        ulong reversed = 0;
        for (int bit = 0; bit < 64; bit++) reversed |= (x >> bit & 1) << 63 - bit;
        return reversed;
    }

    // Each bit of the number chooses among powers that lie nine and more bits apart, each below the one before.
    private static ulong NestedPowers(int i)
    {
        ulong key = 0;
        int place = 63;
        for (uint rest = (uint)i + 1; rest != 0 && place >= 0; rest >>= 3)
        {
            place -= (int)(rest & 7);
            if (place < 0) break;
            key |= 1UL << place;
            place--;
        }
        return key;
    }

    private static ulong InverseOf(ulong odd)
    {
        ulong inverse = odd;
        for (int i = 0; i < 6; i++) inverse *= 2 - odd * inverse;
        return inverse;
    }
}
