using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Alloc.PageTable;

/// <summary>What ordered operations ask of one terminal node, in words and whatever the value type. Inside a section.</summary>
/// <remarks>A window answers in place. A bucket is looked through lane by lane, and sorted where order is asked for.</remarks>
internal static unsafe class NodeScan
{
    /// <summary>The first entry at or after <paramref name="from"/>, or the last at or before it.</summary>
    public static bool TryFind(ChildWord node, ulong from, bool isUp, out ulong key, out ulong word) =>
        isUp ? TryFindUp(node, from, out key, out word) : TryFindDown(node, from, out key, out word);

    /// <summary>The first entry at or after <paramref name="from"/>.</summary>
    public static bool TryFindUp(ChildWord node, ulong from, out ulong key, out ulong word)
    {
        if (node.IsBucket) return TryFindUp(node.Bucket, from, out key, out word);
        Window window = Terminal.Window(node);
        window.Clip(from, ulong.MaxValue, out int at, out int to);
        for (at = window.NextValue(at, to); at <= to; at = window.NextValue(at + 1, to))
        {
            if (TryRead(window, at, out key, out word)) return true;
        }
        key = word = 0;
        return false;
    }

    /// <summary>The last entry at or before <paramref name="from"/>.</summary>
    public static bool TryFindDown(ChildWord node, ulong from, out ulong key, out ulong word)
    {
        if (node.IsBucket) return TryFindDown(node.Bucket, from, out key, out word);
        Window window = Terminal.Window(node);
        window.Clip(0, from, out int first, out int at);
        for (at = window.PreviousValue(first, at); at >= first; at = window.PreviousValue(first, at - 1))
        {
            if (TryRead(window, at, out key, out word)) return true;
        }
        key = word = 0;
        return false;
    }

    /// <summary>The first keys of a range and their words, as many as there is room for, in ascending order.</summary>
    public static int CopyUp(ChildWord node, ulong first, ulong last, ulong* keys, ulong* words, int room)
    {
        if (node.IsBucket) return CopyUp(node.Bucket, first, last, keys, words, room);
        Window window = Terminal.Window(node);
        window.Clip(first, last, out int from, out int to);
        int count = CopyUp(window, from, to, keys, words, room);
        AfterCopy();
        return count;
    }

    /// <summary>The last keys of a range and their words, as many as there is room for, in descending order.</summary>
    public static int CopyDown(ChildWord node, ulong first, ulong last, ulong* keys, ulong* words, int room)
    {
        if (node.IsBucket) return CopyDown(node.Bucket, first, last, keys, words, room);
        Window window = Terminal.Window(node);
        window.Clip(first, last, out int from, out int to);
        int count = 0;
        for (; from <= to && count < room; to--) count += Copy(window, to, keys + count, words + count);
        AfterCopy();
        return count;
    }

    /// <summary>How many entries of a range the node has.</summary>
    public static int Count(ChildWord node, ulong first, ulong last)
    {
        if (node.IsBucket) return Count(node.Bucket, first, last);
        Window window = Terminal.Window(node);
        window.Clip(first, last, out int from, out int to);
        int count = 0;
        for (; from <= to; from++)
        {
            if (!ValueWord.IsAbsent(window[from].Read())) count++;
        }
        return count;
    }

    /// <summary>The first key of a range without an entry; the range lies in the node's.</summary>
    public static bool TryFindFree(ChildWord node, ulong first, ulong last, out ulong key)
    {
        if (node.IsBucket) return TryFindFree(node.Bucket, first, last, out key);
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
                Vector512<ulong> line = Peek(window.Words + from);
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

    // Fence S: the words were copied by plain loads; what they name is read after them. Matches the compare-and-swap that put each
    // word, which released its cell. Without it a processor may read the cell before the word.
    private static void AfterCopy() => Volatile.ReadBarrier();

    // Eight words by plain loads, each whole; whoever goes by them has a fence behind them, or changes a word by a compare-and-swap.
    private static Vector512<ulong> Peek(ulong* words)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Read, words);
        return Vector512.Load(words);
    }

    private static ulong AbsentIn(Vector512<ulong> line) =>
        Vector512.Equals(line & Vector512.Create(~ValueWord.FrozenBit), Vector512<ulong>.Zero).ExtractMostSignificantBits();

    // A line at a time: a word that is absent was so at a moment, and whoever takes its key does so by a compare-and-swap.
    private static int NextAbsent(Window window, int from, int to)
    {
        for (; from + Geometry.WordsPerLine <= to + 1; from += Geometry.WordsPerLine)
        {
            ulong absent = AbsentIn(Peek(window.Words + from));
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

    // A word is read once: between two reads it may have gone.
    private static bool TryRead(Window window, int index, out ulong key, out ulong word)
    {
        key = window.FirstKey + (uint)index;
        word = window[index].Read();
        return !ValueWord.IsAbsent(word);
    }

    // The lowest key at or above: a minimum over whole lines, in which lanes that are no candidates count as the highest number of all. No
    // branch depends on a key, so the lines are fetched side by side.
    private static bool TryFindUp(Bucket bucket, ulong from, out ulong key, out ulong word)
    {
        Vector512<ulong> noKey = OddLanes;
        while (true)
        {
            Vector512<ulong> lowest = Vector512<ulong>.AllBitsSet, first = Vector512.Create(from), head = HeadLane;
            for (int group = 0; group < bucket.Groups; group++)
            {
                Vector512<ulong> keys = Peek(bucket.Address + group * Geometry.WordsPerLine) | noKey | head;
                keys |= Vector512.LessThan(keys, first);
                lowest = Vector512.Min(lowest, keys);
                head = default;
            }
            key = ulong.MaxValue;
            for (int lane = 0; lane < Geometry.WordsPerLine; lane += 2) key = Math.Min(key, lowest[lane]);
            word = ValueWord.Absent;
            if (Bucket.IsReserved(key)) return false;
            if (TryReadValue(bucket, key, out word)) return true;
            from = key + 1; // a key whose value was removed
        }
    }

    // The same downwards, with one added to each key so that zero is free for lanes that are no candidates.
    private static bool TryFindDown(Bucket bucket, ulong from, out ulong key, out ulong word)
    {
        from = Math.Min(from, Bucket.Frozen - 1); // beyond lie the two patterns that are no keys
        while (true)
        {
            Vector512<ulong> highest = default, last = Vector512.Create(from), noKey = OddLanes | HeadLane;
            for (int group = 0; group < bucket.Groups; group++)
            {
                Vector512<ulong> keys = Peek(bucket.Address + group * Geometry.WordsPerLine) | noKey;
                highest = Vector512.Max(highest, (keys + Vector512<ulong>.One) & Vector512.LessThanOrEqual(keys, last));
                noKey = OddLanes;
            }
            ulong behind = 0;
            for (int lane = 0; lane < Geometry.WordsPerLine; lane += 2) behind = Math.Max(behind, highest[lane]);
            key = behind - 1;
            word = ValueWord.Absent;
            if (behind == 0) return false;
            if (TryReadValue(bucket, key, out word)) return true;
            if (key == 0) return false;
            from = key - 1;
        }
    }

    private static Vector512<ulong> OddLanes => Vector512.Create(0, ulong.MaxValue, 0, ulong.MaxValue, 0, ulong.MaxValue, 0, ulong.MaxValue);

    private static Vector512<ulong> HeadLane => Vector512.Create(ulong.MaxValue, 0, 0, 0, 0, 0, 0, 0);

    private static bool TryReadValue(Bucket bucket, ulong key, out ulong word)
    {
        ulong* place = Bucket.Find(ChildWord.To(bucket).Bits, key);
        word = place == null ? ValueWord.Absent : new SharedWord(place).Read();
        return !ValueWord.IsAbsent(word);
    }

    [SkipLocalsInit]
    private static int CopyUp(Bucket bucket, ulong first, ulong last, ulong* keys, ulong* words, int room)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        bucket.Collect(first, last, ref content);
        int count = content.SortLowest(room);
        new ReadOnlySpan<ulong>(content.Keys, count).CopyTo(new Span<ulong>(keys, count));
        new ReadOnlySpan<ulong>(content.Words, count).CopyTo(new Span<ulong>(words, count));
        return count;
    }

    [SkipLocalsInit]
    private static int CopyDown(Bucket bucket, ulong first, ulong last, ulong* keys, ulong* words, int room)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        bucket.Collect(first, last, ref content);
        content.Sort();
        int count = Math.Min(content.Count, room);
        for (int i = 0; i < count; i++)
        {
            keys[i] = content.Keys[content.Count - 1 - i];
            words[i] = content.Words[content.Count - 1 - i];
        }
        return count;
    }

    private static int Count(Bucket bucket, ulong first, ulong last)
    {
        int count = 0;
        for (int lane = Bucket.FirstLane; lane < bucket.EndLane; lane++)
        {
            ulong key = bucket.KeyLane(lane).Read();
            if (key >= first && key <= last && !Bucket.IsReserved(key) && !ValueWord.IsAbsent(bucket.ValueLane(lane).Read())) count++;
        }
        return count;
    }

    [SkipLocalsInit]
    private static bool TryFindFree(Bucket bucket, ulong first, ulong last, out ulong key)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        bucket.Collect(first, last, ref content);
        content.Sort();
        key = first;
        for (int i = 0; i < content.Count && content.Keys[i] == key; i++)
        {
            if (key == last) return false;
            key++;
        }
        return true;
    }
}
