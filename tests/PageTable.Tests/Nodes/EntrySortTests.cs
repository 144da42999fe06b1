namespace Alloc.PageTable.Tests.Nodes;

public unsafe class EntrySortTests
{
    public static TheoryData<string> Patterns => ["random", "ascending", "descending", "powers of two", "a crowd and an outlier", "two crowds", "neighbours", "edges"];

    private static ulong[] Keys(string pattern, int count, Random random)
    {
        var keys = new HashSet<ulong>();
        while (keys.Count < count)
        {
            ulong i = (ulong)keys.Count, any = (ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64();
            keys.Add(pattern switch
            {
                "ascending" => i * 7,
                "descending" => ulong.MaxValue - i * 3,
                "powers of two" when i < 64 => 1UL << (int)i,
                "a crowd and an outlier" => i == 0 ? ulong.MaxValue : any >> 40,
                "two crowds" => any >> 44 | (any & 1) << 63,
                "neighbours" => 1000 + any % (ulong)(count * 2),
                "edges" when i < 2 => i == 0 ? 0 : ulong.MaxValue,
                _ => any,
            });
        }
        ulong[] result = [.. keys];
        if (pattern is not ("ascending" or "descending")) random.Shuffle(result);
        return result;
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void The_lowest_entries_come_in_order_with_their_words(string pattern)
    {
        var random = new Random(11);
        ulong* sortedKeys = stackalloc ulong[Content.Capacity], sortedWords = stackalloc ulong[Content.Capacity];
        foreach (int count in (int[])[1, 2, 3, 8, 9, 16, 64, 128, 204, 255, 512, Content.Capacity])
        {
            foreach (int wanted in (int[])[1, 7, 64, count])
            {
                ulong[] keys = Keys(pattern, count, random), words = [.. keys.Select(k => ~k)], expected = [.. keys.Order()];
                int sorted;
                fixed (ulong* k = keys, w = words) sorted = EntrySort.Lowest(k, w, count, wanted, sortedKeys, sortedWords);
                Assert.InRange(sorted, Math.Min(wanted, count), count);
                for (int i = 0; i < sorted; i++) Assert.Equal((expected[i], ~expected[i]), (sortedKeys[i], sortedWords[i]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Entries_are_sorted_where_they_are(string pattern)
    {
        ulong[] keys = Keys(pattern, 300, new Random(12)), words = [.. keys.Select(k => k ^ 5)], expected = [.. keys.Order()];
        fixed (ulong* k = keys, w = words) Assert.True(new Entries(k, w, keys.Length, isSorted: false).Sorted().IsSorted);
        Assert.Equal(expected, keys);
        Assert.Equal(expected.Select(k => k ^ 5), words);
    }
}
