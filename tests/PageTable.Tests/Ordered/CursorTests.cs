namespace Alloc.PageTable.Tests;

public sealed class CursorTests
{
    public static TheoryData<string> Patterns => ["dense", "scattered", "clusters", "ends"];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_cursor_answers_as_a_sorted_dictionary_does_while_the_table_changes_under_it(string pattern)
    {
        using var fixture = new TableFixture<long>();
        RadixTable<long> table = fixture.Table;
        var oracle = new SortedDictionary<ulong, long>();
        var random = new Random(pattern.Length);
        using (RadixTable<long>.Cursor cursor = table.OpenCursor())
        {
            for (int step = 0; step < 20_000; step++)
            {
                ulong key = Draw(pattern, random);
                switch (random.Next(10))
                {
                    case < 4:
                        table[key] = step;
                        oracle[key] = step;
                        break;
                    case 4:
                        Assert.Equal(oracle.Remove(key), table.TryRemove(key, out long _));
                        break;
                    case 5 when step % 500 == 0:
                        ulong last = key + Math.Min(ulong.MaxValue - key, 300);
                        table.RemoveRange(key, last);
                        foreach (ulong gone in oracle.Keys.Where(k => k >= key && k <= last).ToList()) oracle.Remove(gone);
                        break;
                    case 6 when step % 1000 == 6:
                        table.Trim();
                        cursor.Refresh();
                        break;
                    case 7:
                        Assert.Equal(oracle.Keys.Any(k => k >= key), cursor.MoveToCeiling(key));
                        if (cursor.HasValue && cursor.Key >= key && oracle.Keys.Any(k => k >= key)) Assert.Equal(oracle.First(e => e.Key >= key), new(cursor.Key, cursor.Value));
                        break;
                    default:
                        // Neighbours of where it is, mostly.
                        ulong probe = random.Next(3) == 0 ? key : cursor.Key + (ulong)random.Next(4);
                        Assert.Equal(oracle.TryGetValue(probe, out long expected), cursor.TryGetValue(probe, out long value));
                        Assert.Equal(expected, value);
                        Assert.Equal((probe, oracle.ContainsKey(probe), expected), (cursor.Key, cursor.HasValue, cursor.Value));
                        break;
                }
            }
        }
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_cursor_walks_the_whole_table_both_ways(string pattern)
    {
        using var fixture = new TableFixture<long>();
        var random = new Random(3);
        for (int i = 0; i < 5_000; i++) fixture.Table[Draw(pattern, random)] = i;
        List<ulong> keys = [.. fixture.Table.Select(entry => entry.Key)];
        var up = new List<ulong>();
        var down = new List<ulong>();
        using (RadixTable<long>.Cursor cursor = fixture.Table.OpenCursor())
        {
            for (bool more = cursor.MoveToCeiling(0); more; more = cursor.MoveNext()) up.Add(cursor.Key);
            Assert.False(cursor.MoveNext());
            Assert.Equal(keys[^1], cursor.Key);
            for (bool more = cursor.MoveToFloor(ulong.MaxValue); more; more = cursor.MovePrevious()) down.Add(cursor.Key);
            Assert.Equal(keys[0], cursor.Key);
        }
        Assert.Equal(keys, up);
        Assert.Equal(keys.AsEnumerable().Reverse(), down);
    }

    // Twenty keys as a run, a leaf table or a bucket; then so many beside them that the node is replaced, and the values change in its successor.
    [Theory]
    [InlineData(1UL, 20)]
    [InlineData(1UL, 500)]
    [InlineData(1000UL, 20)]
    public void A_cursor_whose_node_has_been_replaced_sees_what_became_of_its_keys(ulong stride, int count)
    {
        using var fixture = new TableFixture<long>();
        RadixTable<long> table = fixture.Table;
        for (ulong i = 0; i < (ulong)count; i++) table[i * stride] = 1;
        using (RadixTable<long>.Cursor cursor = table.OpenCursor())
        {
            Assert.True(cursor.MoveToCeiling(5 * stride) && cursor.MoveNext());
            long before = table.GetStatistics().Replacements;
            if (count > 20) table.RemoveRange(0, (ulong)count);
            for (ulong i = 0; i < 400; i++) table[i * stride] = 2;
            Assert.True(table.GetStatistics().Replacements > before);
            Assert.True(table.TryRemove(7 * stride, out _));
            Assert.True(cursor.TryGetValue(6 * stride, out long value) && value == 2);
            Assert.False(cursor.TryGetValue(7 * stride, out _));
            Assert.True(cursor.MoveTo(6 * stride) && cursor.MoveNext());
            Assert.Equal((8 * stride, 2), (cursor.Key, cursor.Value));
        }
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void A_cursor_sets_values_where_it_is()
    {
        using var fixture = new TableFixture<long>();
        using (RadixTable<long>.Cursor cursor = fixture.Table.OpenCursor())
        {
            Assert.False(cursor.MoveTo(7));
            cursor.Set(70);
            Assert.True(cursor.MoveTo(7));
            Assert.Equal(70, cursor.Value);
        }
        Assert.Equal(70, fixture.Table[7]);
    }

    [Fact]
    public void A_cursor_that_has_ended_says_so()
    {
        using var fixture = new TableFixture<long>();
        fixture.Table[1] = 1;
        RadixTable<long>.Cursor cursor = fixture.Table.OpenCursor();
        Assert.True(cursor.MoveTo(1));
        RadixTable<long>.Cursor copy = cursor;
        cursor.Dispose();
        cursor.Dispose();
        AssertEnded(cursor);
        AssertEnded(copy);
        AssertEnded(default);
        Assert.False(fixture.Domain.IsInSection);
    }

    [Fact]
    public void A_cursor_costs_no_managed_memory()
    {
        using var fixture = new TableFixture<long>();
        for (ulong key = 0; key < 2_000; key++) fixture.Table[key * 3] = 1;
        long sum = 0;
        ManagedMemory.AssertNoneAllocated(() => sum = Walk(fixture.Table));
        Assert.Equal(2_000, sum);

        static long Walk(RadixTable<long> table)
        {
            long sum = 0;
            using RadixTable<long>.Cursor cursor = table.OpenCursor();
            for (bool more = cursor.MoveToCeiling(0); more; more = cursor.MoveNext()) sum += cursor.Value;
            return sum;
        }
    }

    [Fact]
    public void Readers_with_cursors_see_no_torn_and_no_foreign_value_while_nodes_are_replaced()
    {
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        const ulong Keys = 4_000;
        for (ulong key = 0; key < Keys; key += 2) table[key * 5] = key * 5;
        bool stop = false;
        Crew.Run(
            () =>
            {
                try
                {
                    var random = new Random(1);
                    for (int i = 0; i < 60_000; i++)
                    {
                        ulong key = ((ulong)random.NextInt64((long)Keys) | 1) * 5;
                        if (random.Next(2) == 0) table[key] = key;
                        else table.TryRemove(key, out _);
                        if (i % 10_000 == 0) table.Trim();
                    }
                }
                finally
                {
                    Volatile.Write(ref stop, true);
                }
            },
            () =>
            {
                while (!Volatile.Read(ref stop))
                {
                    using RadixTable<ulong>.Cursor cursor = table.OpenCursor();
                    for (ulong key = 0; key < Keys; key++)
                    {
                        bool found = cursor.TryGetValue(key * 5, out ulong value);
                        if (key % 2 == 0) Assert.True(found, $"{key * 5} is there throughout");
                        if (found) Assert.Equal(key * 5, value);
                    }
                    ulong at = 0;
                    for (bool more = cursor.MoveToCeiling(0); more; more = cursor.MoveNext())
                    {
                        Assert.True(cursor.Key >= at);
                        Assert.Equal(cursor.Key, cursor.Value);
                        Assert.True(cursor.Key - at <= 10, "a key that is there throughout was passed by");
                        at = cursor.Key;
                    }
                }
            });
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    private static void AssertEnded(RadixTable<long>.Cursor cursor)
    {
        bool thrown = false;
        try
        {
            cursor.MoveTo(1);
        }
        catch (ObjectDisposedException)
        {
            thrown = true;
        }
        Assert.True(thrown);
    }

    private static ulong Draw(string pattern, Random random) => pattern switch
    {
        "dense" => (ulong)random.Next(3_000),
        "scattered" => ((ulong)random.Next(3_000) + 1) * 0x9E3779B97F4A7C15,
        "clusters" => ((ulong)random.Next(12) << 33) + (ulong)random.Next(400),
        _ => random.Next(2) == 0 ? (ulong)random.Next(400) : ulong.MaxValue - (ulong)random.Next(400),
    };
}
