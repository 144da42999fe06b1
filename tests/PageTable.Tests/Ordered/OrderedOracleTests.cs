namespace Alloc.PageTable.Tests;

/// <summary>Every ordered query against a sorted array, over keys that crowd, that lie alone, and that lie at the borders.</summary>
public class OrderedOracleTests
{
    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.None)]
    public void Neighbours_ranges_counts_and_copies_are_those_of_a_sorted_array(ReclaimMode mode)
    {
        for (int seed = 0; seed < 4; seed++) Run(seed, mode, i => (ulong)i);
        Run(4, mode, i => (ulong)i << 62 | 1); // in cells
        Run(5, mode, i => (byte)i);
        Run(6, mode, i => new Wide((ulong)i, 1, 2, 3, 4, 5));
        RunLarge();
    }

    [Fact]
    public void An_empty_table_has_no_neighbours()
    {
        foreach (ReclaimMode mode in Enum.GetValues<ReclaimMode>())
        {
            using var fixture = new TableFixture<int>(mode);
            Check();
            for (ulong key = 0; key < 100_000; key += 400) fixture.Table[key] = 1;
            fixture.Table.Clear(); // without reclaim its nodes stay, and stand empty
            Check();

            void Check()
            {
                Assert.False(fixture.Table.TryGetFirst(out ulong key, out int value) || key != 0 || value != 0);
                Assert.False(fixture.Table.TryGetLast(out key, out value) || key != 0 || value != 0);
                Assert.False(fixture.Table.TryGetCeiling(0, out _, out _) || fixture.Table.TryGetHigher(ulong.MaxValue, out _, out _));
                Assert.False(fixture.Table.TryGetFloor(ulong.MaxValue, out _, out _) || fixture.Table.TryGetLower(0, out _, out _));
                Assert.Equal(0, fixture.Table.CountRange(0, ulong.MaxValue));
                Assert.Empty(fixture.Table.EnumerateDescending());
                Assert.Equal(0, fixture.Table.CopyTo(new KeyValuePair<ulong, int>[3]));
                var collector = new Collector<int>();
                Assert.True(fixture.Table.Scan(0, ulong.MaxValue, ref collector));
                Assert.Equal(0, collector.Calls);
            }
        }
    }

    private static void RunLarge()
    {
        using var fixture = new TableFixture<Sized1000>();
        for (ulong key = 0; key < 200; key++) fixture.Table[key * 300] = default;
        Assert.Equal(200, fixture.Table.EnumerateDescending().Count());
        var collector = new Collector<Sized1000>();
        Assert.True(fixture.Table.Scan(0, ulong.MaxValue, ref collector));
        Assert.Equal(200, collector.Entries.Count);
    }

    private static void Run<TValue>(int seed, ReclaimMode mode, Func<int, TValue> make) where TValue : unmanaged
    {
        using var fixture = new TableFixture<TValue>(mode);
        RadixTable<TValue> table = fixture.Table;
        var random = new Random(seed);
        var oracle = new SortedDictionary<ulong, TValue>();
        int entries = seed == 0 ? 5 : 2000;
        ulong[] bases = [.. Enumerable.Range(0, 6).Select(_ => (ulong)random.NextInt64() >> random.Next(60)), ulong.MaxValue - 700];
        for (int i = 0; i < entries; i++)
        {
            ulong key = random.Next(5) switch
            {
                0 => (ulong)random.Next(3000),
                1 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                2 => (ulong)random.Next(1 << 20),
                _ => bases[random.Next(bases.Length)] + (ulong)random.Next(701),
            };
            table[key] = oracle[key] = make(i);
        }
        // Some go again, so that nodes with gaps and emptied nodes stand about.
        foreach (ulong key in oracle.Keys.Where(_ => random.Next(3) == 0).ToArray())
        {
            oracle.Remove(key);
            table.TryRemove(key, out _);
        }
        KeyValuePair<ulong, TValue>[] sorted = [.. oracle];
        ulong[] keys = [.. oracle.Keys];
        foreach (ulong probe in Probes(keys, random))
        {
            int at = Array.BinarySearch(keys, probe), up = at >= 0 ? at : ~at, down = at >= 0 ? at : ~at - 1;
            Check(table.TryGetCeiling(probe, out ulong key, out TValue value), key, value, up, $"ceiling of {probe:x}");
            Check(table.TryGetHigher(probe, out key, out value), key, value, at >= 0 ? at + 1 : up, $"higher than {probe:x}");
            Check(table.TryGetFloor(probe, out key, out value), key, value, down, $"floor of {probe:x}");
            Check(table.TryGetLower(probe, out key, out value), key, value, at >= 0 ? at - 1 : down, $"lower than {probe:x}");
        }
        Check(table.TryGetFirst(out ulong first, out TValue lowest), first, lowest, 0, "first");
        Check(table.TryGetLast(out ulong last, out TValue highest), last, highest, sorted.Length - 1, "last");

        for (int round = 0; round < 200; round++)
        {
            ulong a = Probe(), b = Probe();
            if (a > b) (a, b) = (b, a);
            KeyValuePair<ulong, TValue>[] expected = [.. sorted.Where(entry => entry.Key >= a && entry.Key <= b)];
            Assert.Equal(expected.Length, table.CountRange(a, b));
            Assert.Equal(expected, table.EnumerateRange(a, b));
            Assert.Equal(expected.Reverse(), table.EnumerateRangeDescending(a, b));
            var collector = new Collector<TValue>();
            Assert.True(table.Scan(a, b, ref collector));
            Assert.Equal(expected, collector.Entries);
            int room = random.Next(expected.Length + 4);
            var copiedKeys = new ulong[room];
            var copiedValues = new TValue[room];
            Assert.Equal(Math.Min(room, expected.Length), table.CopyTo(a, b, copiedKeys, copiedValues));
            Assert.Equal(expected.Take(room), copiedKeys.Zip(copiedValues, KeyValuePair.Create).Take(expected.Length));
        }
        Assert.Equal(sorted.Reverse(), table.EnumerateDescending());
        var entriesCopied = new KeyValuePair<ulong, TValue>[sorted.Length / 2];
        Assert.Equal(entriesCopied.Length, table.CopyTo(entriesCopied));
        Assert.Equal(sorted.Take(entriesCopied.Length), entriesCopied);

        ulong Probe() => random.Next(3) == 0 ? (ulong)random.NextInt64(long.MinValue, long.MaxValue) : keys[random.Next(keys.Length)] + (ulong)random.Next(3) - 1;

        void Check(bool found, ulong key, TValue value, int index, string what)
        {
            Assert.True(found == (uint)index < (uint)sorted.Length, what);
            Assert.True(found ? key == keys[index] : key == 0, what);
            Assert.Equal(found ? sorted[index].Value : default, value);
        }
    }

    private static IEnumerable<ulong> Probes(ulong[] keys, Random random)
    {
        foreach (ulong key in keys)
        {
            yield return key;
            yield return key - 1;
            yield return key + 1;
            yield return key ^ 1UL << random.Next(64);
            yield return key & ~511UL;
            yield return key | 511;
        }
        for (int i = 0; i < 1000; i++) yield return (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
        yield return 0;
        yield return ulong.MaxValue;
    }
}
