using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Alloc.PageTable;

namespace Alloc.Bench.Targets;

/// <summary>The timed loops of what goes beyond single keys, each in a method of its own, as in <see cref="Loops"/>.</summary>
internal static class SurfaceLoops
{
    /// <summary>Keys after which a long walk lets go of what was retired meanwhile, as its user should.</summary>
    private const int KeysPerSection = 4096;

    /// <summary>Sums how far away the neighbours are.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Ceiling(RadixTable<ulong> table, ReadOnlySpan<ulong> probes, ref ulong distance)
    {
        var sum = 0UL;
        foreach (var probe in probes)
        {
            if (table.TryGetCeiling(probe, out var key, out _))
            {
                sum += key - probe;
            }
        }

        distance += sum;
        return (ulong)probes.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Floor(RadixTable<ulong> table, ReadOnlySpan<ulong> probes, ref ulong distance)
    {
        var sum = 0UL;
        foreach (var probe in probes)
        {
            if (table.TryGetFloor(probe, out var key, out _))
            {
                sum += probe - key;
            }
        }

        distance += sum;
        return (ulong)probes.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong First(RadixTable<ulong> table, int times)
    {
        var found = 0UL;
        for (var i = 0; i < times; i++)
        {
            found += table.TryGetFirst(out _, out _) ? 1UL : 0;
        }

        return found;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Hit(RadixTable<ulong> table, ReadOnlySpan<ulong> keys, ref ulong values)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            table.TryGetValue(key, out var value);
            sum += value;
        }

        values += sum;
        return (ulong)keys.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Count(RadixTable<ulong> table)
    {
        var count = 0UL;
        foreach (var _ in table)
        {
            count++;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong ScanVisitor(RadixTable<ulong> table)
    {
        var folder = default(PairFolder);
        table.Scan(0, ulong.MaxValue, ref folder);
        return folder.Sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong CopyOut(RadixTable<ulong> table, ulong[] keys, ulong[] values)
    {
        var folder = default(PairFolder);
        var next = 0UL;
        while (table.CopyTo(next, ulong.MaxValue, keys, values) is var count and > 0)
        {
            folder.Visit(keys.AsSpan(0, count), values.AsSpan(0, count));
            next = keys[count - 1] + 1;
            if (count < keys.Length || next == 0)
            {
                break;
            }
        }

        return folder.Sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Batched(RadixTable<ulong> table, ReadOnlySpan<ulong> keys, ulong[] values, bool[] found)
    {
        table.TryGetValues(keys, values, found);
        var sum = 0UL;
        foreach (var value in values.AsSpan(0, keys.Length))
        {
            sum += value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Add(ConcurrentDictionary<ulong, ulong> map, ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        var added = 0UL;
        for (var i = 0; i < keys.Length; i++)
        {
            added += map.TryAdd(keys[i], values[i]) ? 1UL : 0;
        }

        return added;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Add(RadixTable<ulong> table, ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        var added = 0UL;
        for (var i = 0; i < keys.Length; i++)
        {
            added += table.TryAdd(keys[i], values[i]) ? 1UL : 0;
        }

        return added;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Set(RadixTable<ulong> table, ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            table[keys[i]] = values[i];
        }

        return (ulong)keys.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Set(ConcurrentDictionary<ulong, ulong> map, ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            map[keys[i]] = values[i];
        }

        return (ulong)keys.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong CursorProbes(RadixTable<ulong> table, ReadOnlySpan<ulong> ascending)
    {
        var sum = 0UL;
        using var cursor = table.OpenCursor();
        while (!ascending.IsEmpty)
        {
            var some = ascending[..Math.Min(KeysPerSection, ascending.Length)];
            foreach (var key in some)
            {
                cursor.TryGetValue(key, out var value);
                sum += value;
            }

            cursor.Refresh();
            ascending = ascending[some.Length..];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong CursorSteps(RadixTable<ulong> table)
    {
        var sum = 0UL;
        using var cursor = table.OpenCursor();
        var steps = 0;
        for (var more = cursor.MoveToCeiling(0); more; more = cursor.MoveNext())
        {
            sum += cursor.Key ^ cursor.Value;
            if (++steps % KeysPerSection == 0)
            {
                cursor.Refresh();
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong HigherSteps(RadixTable<ulong> table)
    {
        var sum = 0UL;
        for (var more = table.TryGetFirst(out var key, out var value); more; more = table.TryGetHigher(key, out key, out value))
        {
            sum += key ^ value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Increment(RadixTable<ulong> table, ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += table.Increment(key);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Increment(ConcurrentDictionary<ulong, ulong> map, ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += map.AddOrUpdate(key, 1, static (_, present) => present + 1);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong AllocateKeys(RadixTable<ulong> table, int count)
    {
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            table.TryAllocateKey(0, ulong.MaxValue, 1, out var key);
            sum += key;
        }

        return sum;
    }

    private struct PairFolder : IScanVisitor<ulong>
    {
        public ulong Sum { get; private set; }

        public bool Visit(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
        {
            var sum = 0UL;
            for (var i = 0; i < keys.Length; i++)
            {
                sum += keys[i] ^ values[i];
            }

            Sum += sum;
            return true;
        }
    }
}
