using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Alloc.Bench.Peers;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Targets;

/// <summary>
/// The timed loops, each over its own concrete type and in a method of its own, so that all of them are compiled alike. A lookup's
/// checksum is the sum of the values found.
/// </summary>
internal static unsafe class Loops
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong HitThroughReader(RadixTable<ulong> table, RcuReader reader, ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            var section = reader.Enter();
            table.TryGetValue(in section, key, out var value);
            section.Dispose();
            sum += value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong HitInOneSection(RadixTable<ulong> table, RcuReader reader, ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        using var section = reader.Enter();
        foreach (var key in keys)
        {
            table.TryGetValue(in section, key, out var value);
            sum += value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong HitPlain(RadixTable<ulong> table, ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            table.TryGetValue(key, out var value);
            sum += value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Hit(ConcurrentDictionary<ulong, ulong> map, ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            map.TryGetValue(key, out var value);
            sum += value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Hit(FlatArray array, ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += array.Values[key];
        }

        return sum;
    }

    /// <summary><paramref name="zero"/> is 0, which the compiler cannot know: no lookup begins before the one ahead of it has ended.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Chain(RadixTable<ulong> table, RcuReader reader, ReadOnlySpan<ulong> keys, ulong zero)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            var section = reader.Enter();
            table.TryGetValue(in section, key + (sum & zero), out var value);
            section.Dispose();
            sum += value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Chain(ConcurrentDictionary<ulong, ulong> map, ReadOnlySpan<ulong> keys, ulong zero)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            map.TryGetValue(key + (sum & zero), out var value);
            sum += value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Chain(FlatArray array, ReadOnlySpan<ulong> keys, ulong zero)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += array.Values[key + (sum & zero)];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Set(RadixTable<ulong> table, ReadOnlySpan<ulong> keys, ulong mask)
    {
        foreach (var key in keys)
        {
            table[key] = ValueOf(key) ^ mask;
        }

        return (ulong)keys.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Set(ConcurrentDictionary<ulong, ulong> map, ReadOnlySpan<ulong> keys, ulong mask)
    {
        foreach (var key in keys)
        {
            map[key] = ValueOf(key) ^ mask;
        }

        return (ulong)keys.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Remove(RadixTable<ulong> table, ReadOnlySpan<ulong> keys)
    {
        var removed = 0UL;
        foreach (var key in keys)
        {
            removed += table.TryRemove(key, out _) ? 1UL : 0;
        }

        return removed;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Remove(ConcurrentDictionary<ulong, ulong> map, ReadOnlySpan<ulong> keys)
    {
        var removed = 0UL;
        foreach (var key in keys)
        {
            removed += map.TryRemove(key, out _) ? 1UL : 0;
        }

        return removed;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Scan(RadixTable<ulong> table)
    {
        var sum = 0UL;
        foreach (var (key, value) in table)
        {
            sum += key ^ value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Scan(ConcurrentDictionary<ulong, ulong> map)
    {
        var sum = 0UL;
        foreach (var (key, value) in map)
        {
            sum += key ^ value;
        }

        return sum;
    }

    /// <summary>What an ordered scan of a hash map takes: its pairs copied out and sorted.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong ScanSorted(ConcurrentDictionary<ulong, ulong> map)
    {
        var pairs = map.ToArray();
        Array.Sort(pairs, static (a, b) => a.Key.CompareTo(b.Key));
        var sum = 0UL;
        foreach (var (key, value) in pairs)
        {
            sum += key ^ value;
        }

        return sum;
    }

    /// <summary>48 bits, so that every contender holds it inline.</summary>
    public static ulong ValueOf(ulong key) => key * 0x9E37_79B9_7F4A_7C15 >> 16;
}
