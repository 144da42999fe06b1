namespace Alloc.PageTable.Tests;

public class EnumerationTests
{
    [Fact]
    public void Entries_come_in_ascending_order_of_keys_from_dense_and_sparse_parts()
    {
        using var fixture = new TableFixture<ulong>();
        var keys = new SortedSet<ulong>();
        var random = new Random(5);
        for (int i = 0; i < 2000; i++) keys.Add((ulong)i * 3);
        for (int i = 0; i < 300; i++) keys.Add((ulong)random.NextInt64() << random.Next(2));
        keys.Add(ulong.MaxValue);
        foreach (ulong key in keys) fixture.Table[key] = key ^ 5;
        var seen = new List<ulong>();
        foreach (var (key, value) in fixture.Table)
        {
            Assert.Equal(key ^ 5, value);
            seen.Add(key);
        }
        Assert.Equal(keys, seen);
    }

    [Fact]
    public void A_range_includes_both_ends()
    {
        using var fixture = new TableFixture<byte>();
        for (ulong key = 0; key < 5000; key += 5) fixture.Table[key] = 1;
        foreach (var (first, last) in new (ulong, ulong)[] { (0, 0), (5, 5), (6, 9), (510, 515), (0, 4995), (4995, 4995), (4996, ulong.MaxValue), (63, 64), (1020, 1025) })
        {
            ulong[] expected = [.. Enumerable.Range(0, 1000).Select(i => (ulong)i * 5).Where(k => k >= first && k <= last)];
            Assert.Equal(expected, fixture.Table.EnumerateRange(first, last).Select(e => e.Key));
        }
    }

    [Fact]
    public void An_empty_table_has_no_entries()
    {
        using var fixture = new TableFixture<int>();
        Assert.Empty(fixture.Table);
        Assert.Empty(fixture.Table.EnumerateRange(0, ulong.MaxValue));
    }

    [Fact]
    public void A_loop_may_remove_what_it_sees_and_write_behind_and_ahead_of_it()
    {
        using var fixture = new TableFixture<int>();
        for (ulong key = 0; key < 3000; key++) fixture.Table[key] = 1;
        long seen = 0;
        foreach (var (key, _) in fixture.Table)
        {
            Assert.True(fixture.Table.TryRemove(key, out _));
            seen++;
        }
        Assert.Equal(3000, seen);
        Assert.True(fixture.Table.IsEmpty);
    }

    [Fact]
    public void A_paused_loop_holds_no_section()
    {
        using var fixture = new TableFixture<int>();
        for (ulong key = 0; key < 1000; key++) fixture.Table[key] = 1;
        RadixTable<int>.Enumerator paused = fixture.Table.GetEnumerator();
        Assert.True(paused.MoveNext());
        Assert.False(fixture.Domain.IsInSection);
        for (int round = 0; round < 50; round++)
        {
            fixture.Table.RemoveRange(0, 999);
            for (ulong key = 0; key < 1000; key++) fixture.Table[key] = 2;
        }
        RadixTableStatistics rest = fixture.StatisticsAtRest();
        Assert.Equal(0, rest.PendingPages);
        Assert.True(rest.ReclaimedPages >= 100);
        int more = 0;
        while (paused.MoveNext()) more++;
        Assert.Equal(999, more);
    }

    [Fact]
    public void Keys_present_throughout_are_seen_exactly_once_while_others_come_and_go()
    {
        using var fixture = new TableFixture<ulong>();
        for (ulong key = 0; key < 40_000; key += 4) fixture.Table[key * 97] = key;
        int stop = 0;
        var churn = new Thread(() =>
        {
            var random = new Random(1);
            while (Volatile.Read(ref stop) == 0)
            {
                ulong key = (ulong)random.Next(40_000) | 1;
                if (random.Next(2) == 0) fixture.Table[key * 97] = key;
                else fixture.Table.TryRemove(key * 97, out _);
                if (random.Next(200) == 0)
                {
                    ulong first = (ulong)random.Next(40_000) * 97;
                    if (first % (4 * 97) != 0) fixture.Table.RemoveRange(first, first);
                }
            }
        });
        churn.Start();
        for (int round = 0; round < TestScale.Of(40); round++)
        {
            ulong next = 0, last = 0;
            bool any = false;
            foreach (var (key, value) in fixture.Table)
            {
                Assert.True(!any || key > last);
                any = true;
                last = key;
                Assert.Equal(key / 97, value);
                if (value % 4 != 0) continue;
                Assert.Equal(next, value);
                next += 4;
            }
            Assert.Equal(40_000UL, next);
        }
        Volatile.Write(ref stop, 1);
        churn.Join();
    }
}
