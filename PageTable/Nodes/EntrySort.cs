using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>Sorts the entries of one node.</summary>
/// <remarks>
/// Distribution by the leading bits in which the keys differ, then insertion (Knuth, The Art of Computer Programming 3, 5.2.5 and 5.2.1): hashed keys of one slot fall
/// into bins of one or two, so most of the work has no branch that depends on a key. Keys that crowd into a bin are sorted by comparison, so nothing takes
/// quadratic time. And bins beyond those that are asked for are left out.
/// </remarks>
internal static unsafe class EntrySort
{
    private const int BinBits = 7;
    private const int Bins = 1 << BinBits;

    /// <summary>Up to here insertion alone is quicker.</summary>
    private const int Few = 8;

    /// <summary>A bin so full is sorted by comparison.</summary>
    private const int Crowd = 24;

    /// <summary>Puts the lowest entries into another place, in order.</summary>
    /// <param name="keys">The keys, each different.</param>
    /// <param name="words">The word of each.</param>
    /// <param name="count">How many, up to <see cref="Content.Capacity"/>.</param>
    /// <param name="wanted">How many are asked for.</param>
    /// <param name="sortedKeys">Where keys go; room for <paramref name="count"/>.</param>
    /// <param name="sortedWords">Where their words go; room for as many.</param>
    /// <returns>How many are in order there: as many as were asked for, or more, or all.</returns>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Lowest(ulong* keys, ulong* words, int count, int wanted, ulong* sortedKeys, ulong* sortedWords)
    {
        Debug.Assert(count <= Content.Capacity);
        if (count <= Few)
        {
            for (int i = 0; i < count; i++) Insert(sortedKeys, sortedWords, i, keys[i], words[i]);
            return count;
        }
        ulong lowest = keys[0], highest = lowest;
        for (int i = 1; i < count; i++)
        {
            lowest = Math.Min(lowest, keys[i]);
            highest = Math.Max(highest, keys[i]);
        }
        int shift = Math.Max(0, BitOperations.Log2(highest - lowest) + 1 - BinBits);

        Starts starts = default; // of the bins; then, as they fill, their ends
        ushort* ends = (ushort*)&starts;
        for (int i = 0; i < count; i++) ends[(keys[i] - lowest) >> shift]++;
        int most = 0, total = 0, bins = 0;
        while (total < wanted && total < count)
        {
            int size = ends[bins];
            most = Math.Max(most, size);
            ends[bins++] = (ushort)total;
            total += size;
        }
        for (int i = 0; i < count; i++)
        {
            ulong bin = (keys[i] - lowest) >> shift;
            if (bin >= (uint)bins) continue;
            int at = ends[bin]++;
            sortedKeys[at] = keys[i];
            sortedWords[at] = words[i];
        }
        if (most > Crowd) SortCrowds(ends, bins, sortedKeys, sortedWords);
        for (int i = 1; i < total; i++)
        {
            if (sortedKeys[i - 1] > sortedKeys[i]) Insert(sortedKeys, sortedWords, i, sortedKeys[i], sortedWords[i]);
        }
        return total;
    }

    /// <summary>Sorts entries where they are.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Sort(ulong* keys, ulong* words, int count)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var sorted = new Content((ulong*)&memory);
        Lowest(keys, words, count, count, sorted.Keys, sorted.Words);
        new ReadOnlySpan<ulong>(sorted.Keys, count).CopyTo(new Span<ulong>(keys, count));
        new ReadOnlySpan<ulong>(sorted.Words, count).CopyTo(new Span<ulong>(words, count));
    }

    private static void SortCrowds(ushort* ends, int bins, ulong* keys, ulong* words)
    {
        int from = 0;
        for (int bin = 0; bin < bins; bin++)
        {
            int size = ends[bin] - from;
            if (size > Crowd) new Span<ulong>(keys + from, size).Sort(new Span<ulong>(words + from, size));
            from = ends[bin];
        }
    }

    // Among the first i, which are in order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Insert(ulong* keys, ulong* words, int i, ulong key, ulong word)
    {
        for (; i > 0 && keys[i - 1] > key; i--)
        {
            keys[i] = keys[i - 1];
            words[i] = words[i - 1];
        }
        keys[i] = key;
        words[i] = word;
    }

    [InlineArray(Bins)]
    private struct Starts
    {
        private ushort _first;
    }
}
