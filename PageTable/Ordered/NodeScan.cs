using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Alloc.PageTable;

/// <summary>What ordered operations ask of one terminal node, in words and whatever the value type. Inside a section.</summary>
/// <remarks>A window answers here, a bucket in <see cref="BucketScan"/>.</remarks>
internal static unsafe class NodeScan
{
    private const ulong LineMask = (1UL << Geometry.WordsPerLine) - 1;

    /// <summary>The first entry at or after <paramref name="from"/>, or the last at or before it.</summary>
    public static bool TryFind(ChildWord node, ulong from, bool isUp, out ulong key, out ulong word)
    {
        if (node.IsBucket)
        {
            return isUp ? BucketScan.TryFindUp(node.Bucket, from, out key, out word) : BucketScan.TryFindDown(node.Bucket, from, out key, out word);
        }
        Window window = Terminal.Window(node);
        window.Clip(isUp ? from : 0, isUp ? ulong.MaxValue : from, out int first, out int last);
        while (first <= last)
        {
            int at = isUp ? NextValue(window, first, last) : PreviousValue(window, first, last);
            if (at < first || at > last) break;
            key = window.FirstKey + (uint)at;
            word = window[at].Read();
            if (!ValueWord.IsAbsent(word)) return true; // otherwise it went meanwhile
            if (isUp) first = at + 1;
            else last = at - 1;
        }
        key = word = 0;
        return false;
    }

    /// <summary>Keys from one on and their words, up or down to <paramref name="bound"/>, in that order, as many as there is room for.</summary>
    public static int Copy(ChildWord node, ulong from, ulong bound, bool isUp, ulong* keys, ulong* words, int room)
    {
        if (node.IsBucket)
        {
            return isUp ? BucketScan.CopyUp(node.Bucket, from, bound, keys, words, room) : BucketScan.CopyDown(node.Bucket, bound, from, keys, words, room);
        }
        Window window = Terminal.Window(node);
        window.Clip(isUp ? from : bound, isUp ? bound : from, out int first, out int last);
        int count = isUp ? CopyUp(window, first, last, keys, words, room) : CopyDown(window, first, last, keys, words, room);
        AfterCopy();
        return count;
    }

    /// <summary>How many entries of a range the node has.</summary>
    public static int Count(ChildWord node, ulong first, ulong last)
    {
        if (node.IsBucket) return BucketScan.Count(node.Bucket, first, last);
        Window window = Terminal.Window(node);
        window.Clip(first, last, out int from, out int to);
        int count = 0;
        for (; from + Geometry.WordsPerLine <= to + 1; from += Geometry.WordsPerLine)
        {
            count += Geometry.WordsPerLine - BitOperations.PopCount(AbsentIn(SharedWord.ReadLine(window.Words + from)));
        }
        for (; from <= to; from++)
        {
            if (!ValueWord.IsAbsent(window[from].Read())) count++;
        }
        return count;
    }

    /// <summary>The first key of a range without an entry; the range lies in the node's.</summary>
    public static bool TryFindFree(ChildWord node, ulong first, ulong last, out ulong key)
    {
        if (node.IsBucket) return BucketScan.TryFindFree(node.Bucket, first, last, out key);
        Window window = Terminal.Window(node);
        key = first;
        if (first < window.FirstKey || first > window.LastKey) return true;
        window.Clip(first, last, out int from, out int to);
        from = NextAbsent(window, from, to);
        key = window.FirstKey + (uint)from;
        // Behind the window, where that ends before the range, keys are free.
        return from <= to || (from == window.Count && key != 0 && key <= last);
    }

    // A line at a time where all of it holds values. Otherwise every word is copied, and only those that hold a value advance: no branch to
    // foretell. Optimized at once, since a scan may be the only one that a program makes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int CopyUp(Window window, int from, int to, ulong* keys, ulong* words, int room)
    {
        int count = 0;
        Vector512<ulong> lineKeys = Vector512.Create(window.FirstKey + (uint)from) + Vector512<ulong>.Indices;
        while (from <= to && count < room)
        {
            if (to - from >= Geometry.WordsPerLine - 1 && room - count >= Geometry.WordsPerLine)
            {
                Vector512<ulong> line = SharedWord.ReadLine(window.Words + from);
                if (AbsentIn(line) == 0)
                {
                    line.Store(words + count);
                    lineKeys.Store(keys + count);
                    count += Geometry.WordsPerLine;
                }
                else
                {
                    for (int i = 0; i < Geometry.WordsPerLine; i++) count += Copy(window, from + i, keys + count, words + count);
                }
                from += Geometry.WordsPerLine;
                lineKeys += Vector512.Create((ulong)Geometry.WordsPerLine);
            }
            else
            {
                count += Copy(window, from, keys + count, words + count);
                from++;
            }
        }
        return count;
    }

    private static int CopyDown(Window window, int from, int to, ulong* keys, ulong* words, int room)
    {
        int count = 0;
        for (; from <= to && count < room; to--) count += Copy(window, to, keys + count, words + count);
        return count;
    }

    // Fence S: the words were copied by plain loads; what they name is read after them. Matches the compare-and-swap that put each
    // word, which released its cell. Without it a processor may read the cell before the word.
    private static void AfterCopy() => Volatile.ReadBarrier();

    private static ulong AbsentIn(Vector512<ulong> line) =>
        Vector512.Equals(line & Vector512.Create(~ValueWord.FrozenBit), Vector512<ulong>.Zero).ExtractMostSignificantBits();

    // Lines from the near end on, then the few words at the far one. What is returned is a guess, and read again.
    private static int NextValue(Window window, int from, int to)
    {
        for (; from + Geometry.WordsPerLine <= to + 1; from += Geometry.WordsPerLine)
        {
            ulong present = ~AbsentIn(SharedWord.ReadLine(window.Words + from)) & LineMask;
            if (present != 0) return from + BitOperations.TrailingZeroCount(present);
        }
        return window.NextValue(from, to);
    }

    private static int PreviousValue(Window window, int from, int to)
    {
        for (; to - Geometry.WordsPerLine >= from - 1; to -= Geometry.WordsPerLine)
        {
            int line = to - Geometry.WordsPerLine + 1;
            ulong present = ~AbsentIn(SharedWord.ReadLine(window.Words + line)) & LineMask;
            if (present != 0) return line + BitOperations.Log2(present);
        }
        return window.PreviousValue(from, to);
    }

    // A line at a time: a word that is absent was so at a moment, and whoever takes its key does so by a compare-and-swap.
    private static int NextAbsent(Window window, int from, int to)
    {
        for (; from + Geometry.WordsPerLine <= to + 1; from += Geometry.WordsPerLine)
        {
            ulong absent = AbsentIn(SharedWord.ReadLine(window.Words + from));
            if (absent != 0) return from + BitOperations.TrailingZeroCount(absent);
        }
        while (from <= to && !ValueWord.IsAbsent(window[from].Read())) from++;
        return from;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Copy(Window window, int index, ulong* key, ulong* word)
    {
        *key = window.FirstKey + (uint)index;
        *word = window[index].Read();
        return ValueWord.IsAbsent(*word) ? 0 : 1;
    }
}
