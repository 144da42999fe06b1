using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Alloc.PageTable;

/// <summary>What <see cref="NodeScan"/> asks, answered by a bucket: looked through line by line, and sorted where order is asked for.</summary>
internal static unsafe class BucketScan
{
    // The lowest key at or above: a minimum over whole lines, in which lanes that are no candidates count as the highest number of all. No
    // branch depends on a key, so the lines are fetched side by side.
    public static bool TryFindUp(Bucket bucket, ulong from, out ulong key, out ulong word)
    {
        Vector512<ulong> noKey = OddLanes;
        while (true)
        {
            Vector512<ulong> lowest = Vector512<ulong>.AllBitsSet, first = Vector512.Create(from), head = HeadLane;
            for (int group = 0; group < bucket.Groups; group++)
            {
                Vector512<ulong> line = SharedWord.ReadLine(bucket.Address + group * Geometry.WordsPerLine), keys = line | WithoutValue(line) | noKey | head;
                keys |= Vector512.LessThan(keys, first);
                lowest = Vector512.Min(lowest, keys);
                head = default;
            }
            key = ulong.MaxValue;
            for (int lane = 0; lane < Geometry.WordsPerLine; lane += 2) key = Math.Min(key, lowest[lane]);
            word = ValueWord.Absent;
            if (Bucket.IsReserved(key)) return false;
            if (TryReadValue(bucket, key, out word)) return true;
            from = key + 1; // its value went meanwhile
        }
    }

    // The same downwards, with one added to each key so that zero is free for lanes that are no candidates.
    public static bool TryFindDown(Bucket bucket, ulong from, out ulong key, out ulong word)
    {
        from = Math.Min(from, Bucket.Frozen - 1); // beyond lie the two patterns that are no keys
        while (true)
        {
            Vector512<ulong> highest = default, last = Vector512.Create(from), noKey = OddLanes | HeadLane;
            for (int group = 0; group < bucket.Groups; group++)
            {
                Vector512<ulong> line = SharedWord.ReadLine(bucket.Address + group * Geometry.WordsPerLine), keys = line | WithoutValue(line) | noKey;
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

    // All bits in the lanes of keys whose value was removed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> WithoutValue(Vector512<ulong> line)
    {
        Vector512<ulong> absent = Vector512.Equals(line & Vector512.Create(~ValueWord.FrozenBit), Vector512<ulong>.Zero);
        return Vector512.Shuffle(absent, Vector512.Create(1UL, 1, 3, 3, 5, 5, 7, 7));
    }

    private static Vector512<ulong> OddLanes => Vector512.Create(0, ulong.MaxValue, 0, ulong.MaxValue, 0, ulong.MaxValue, 0, ulong.MaxValue);

    private static Vector512<ulong> HeadLane => Vector512.Create(ulong.MaxValue, 0, 0, 0, 0, 0, 0, 0);

    private static bool TryReadValue(Bucket bucket, ulong key, out ulong word)
    {
        ulong* place = Bucket.Find(ChildWord.To(bucket).Bits, key);
        word = place == null ? ValueWord.Absent : new SharedWord(place).Read();
        return !ValueWord.IsAbsent(word);
    }

    // Not inlined, here and below: the caller would clear the content's memory each time.
    [MethodImpl(MethodImplOptions.NoInlining), SkipLocalsInit]
    public static int CopyUp(Bucket bucket, ulong first, ulong last, ulong* keys, ulong* words, int room)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        bucket.Collect(first, last, ref content);
        Unsafe.SkipInit(out ContentMemory sortedMemory);
        var sorted = new Content((ulong*)&sortedMemory);
        int count = Math.Min(room, EntrySort.Lowest(content.Keys, content.Words, content.Count, room, sorted.Keys, sorted.Words));
        new ReadOnlySpan<ulong>(sorted.Keys, count).CopyTo(new Span<ulong>(keys, count));
        new ReadOnlySpan<ulong>(sorted.Words, count).CopyTo(new Span<ulong>(words, count));
        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining), SkipLocalsInit]
    public static int CopyDown(Bucket bucket, ulong first, ulong last, ulong* keys, ulong* words, int room)
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

    public static int Count(Bucket bucket, ulong first, ulong last)
    {
        int count = 0;
        for (int lane = Bucket.FirstLane; lane < bucket.EndLane; lane++)
        {
            ulong key = bucket.KeyLane(lane).Read();
            if (key >= first && key <= last && !Bucket.IsReserved(key) && !ValueWord.IsAbsent(bucket.ValueLane(lane).Read())) count++;
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining), SkipLocalsInit]
    public static bool TryFindFree(Bucket bucket, ulong first, ulong last, out ulong key)
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
