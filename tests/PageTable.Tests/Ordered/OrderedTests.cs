namespace Alloc.PageTable.Tests;

/// <summary>What ordered queries and scans promise beside the order: to a loop that writes, under writers, and to the collector.</summary>
public class OrderedTests
{
    [Fact]
    public void A_visitor_may_end_the_scan_write_the_table_and_throw()
    {
        using var fixture = new TableFixture<int>();
        for (ulong key = 0; key < 3000; key++) fixture.Table[key] = 1;
        var two = new Collector<int> { StopAfter = 2 };
        Assert.False(fixture.Table.Scan(0, ulong.MaxValue, ref two));
        Assert.Equal(2, two.Calls);
        var remover = new Remover { Fixture = fixture };
        Assert.True(fixture.Table.Scan(0, ulong.MaxValue, ref remover));
        Assert.Equal(3000, remover.Seen);
        Assert.True(fixture.Table.IsEmpty);
        fixture.Table[7] = 1;
        remover.Throws = true;
        Assert.Throws<TimeoutException>(() => fixture.Table.Scan(0, ulong.MaxValue, ref remover));
        Assert.False(fixture.Domain.IsInSection);
    }

    private struct Remover : IScanVisitor<int>
    {
        public TableFixture<int> Fixture;
        public int Seen;
        public bool Throws;

        public bool Visit(ReadOnlySpan<ulong> keys, ReadOnlySpan<int> values)
        {
            if (Throws) throw new TimeoutException();
            Assert.False(Fixture.Domain.IsInSection);
            foreach (ulong key in keys) Assert.True(Fixture.Table.TryRemove(key, out _));
            Fixture.Domain.Synchronize();
            Seen += keys.Length;
            return true;
        }
    }

    [Fact]
    public void A_descending_loop_may_remove_what_it_sees_and_holds_no_section_when_it_pauses()
    {
        using var fixture = new TableFixture<Guid>();
        for (ulong key = 0; key < 3000; key++) fixture.Table[key << 9] = Guid.NewGuid();
        long seen = 0;
        foreach (var (key, _) in fixture.Table.EnumerateDescending())
        {
            Assert.False(fixture.Domain.IsInSection);
            Assert.True(fixture.Table.TryRemove(key, out _));
            seen++;
        }
        Assert.Equal(3000, seen);
        Assert.True(fixture.Table.IsEmpty);
    }

    [Fact]
    public void Nothing_is_allocated_on_the_managed_heap_per_query()
    {
        using var fixture = new TableFixture<Int128>();
        RadixTable<Int128> table = fixture.Table;
        for (ulong i = 0; i < 5000; i++) table[i * i] = (Int128)i;
        var keys = new ulong[100];
        var values = new Int128[100];
        ManagedMemory.AssertNoneAllocated(Work);

        void Work()
        {
            for (ulong i = 0; i < 3000; i++)
            {
                table.TryGetCeiling(i * 77, out _, out _);
                table.TryGetFloor(i * 77, out _, out _);
                table.TryGetHigher(i, out _, out _);
                table.TryGetLower(i, out _, out _);
                table.TryGetFirst(out _, out _);
                table.TryGetLast(out _, out _);
            }
            long sum = 0;
            foreach (var (key, _) in table.EnumerateRangeDescending(100, 1_000_000)) sum += (long)key;
            table.CountRange(5, 1_000_000);
            table.CopyTo(5, ulong.MaxValue, keys, values);
            var counter = new Counter();
            table.Scan(0, ulong.MaxValue, ref counter);
        }
    }

    private struct Counter : IScanVisitor<Int128>
    {
        public long Entries;

        public bool Visit(ReadOnlySpan<ulong> keys, ReadOnlySpan<Int128> values)
        {
            Entries += keys.Length;
            return true;
        }
    }

    // Every fifth key stays; the others come and go, and with them their nodes.
    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void While_writers_run_no_key_that_stays_is_passed_over_and_nothing_is_found_that_was_never_there(ReclaimMode mode)
    {
        using var fixture = new TableFixture<ulong>(mode);
        RadixTable<ulong> table = fixture.Table;
        ulong[] universe = [.. Enumerable.Range(0, 3000).Select(i => (ulong)(i % 40) + ((ulong)(i / 40) * 300) + (i % 3 == 0 ? 1UL << 45 : 0)), ulong.MaxValue];
        Array.Sort(universe);
        universe = [.. universe.Distinct()];
        ulong[] staying = [.. universe.Where((_, i) => i % 5 == 0)];
        foreach (ulong key in staying) table[key] = MixedValues.Make(key, 1);
        bool stop = false;
        int queries = 0;
        void Write(int seed)
        {
            var random = new Random(seed);
            for (uint step = 1; !Volatile.Read(ref stop); step++)
            {
                int i = random.Next(universe.Length);
                ulong key = universe[i];
                if (i % 5 == 0) table[key] = MixedValues.Make(key, step);
                else if (random.Next(2) == 0) table.TryAdd(key, MixedValues.Make(key, step));
                else table.TryRemove(key, out _);
                if (step % 1024 == 0) table.Trim();
            }
        }
        void Read()
        {
            try
            {
                var random = new Random(3);
                for (; queries < TestScale.Of(20_000); queries++)
                {
                    ulong probe = universe[random.Next(universe.Length)] + (ulong)random.Next(3) - 1;
                    int at = Array.BinarySearch(staying, probe), up = at >= 0 ? at : ~at, down = at >= 0 ? at : ~at - 1;
                    bool found = random.Next(2) == 0 ? table.TryGetCeiling(probe, out ulong key, out ulong value) : table.TryGetHigher(probe - 1, out key, out value);
                    if (probe != 0 || found) Check(found, key, value, key >= probe && (up == staying.Length || key <= staying[up]), up < staying.Length);
                    found = random.Next(2) == 0 ? table.TryGetFloor(probe, out key, out value) : table.TryGetLower(probe + 1, out key, out value);
                    if (probe != ulong.MaxValue || found) Check(found, key, value, key <= probe && (down < 0 || key >= staying[down]), down >= 0);
                    if (queries % 100 == 0) Scans(table, staying, universe);
                }
            }
            finally
            {
                Volatile.Write(ref stop, true);
            }
        }
        Crew.Run(() => Write(1), () => Write(2), Read);
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);

        static void Check(bool found, ulong key, ulong value, bool isNear, bool mustBe)
        {
            Assert.True(found || !mustBe, "a key that stays was passed over");
            if (!found) return;
            Assert.True(isNear, $"{key:x} lies beyond a key that stays");
            Assert.True(MixedValues.Belongs(value, key));
        }
    }

    private static void Scans(RadixTable<ulong> table, ulong[] staying, ulong[] universe)
    {
        var collector = new Collector<ulong>();
        table.Scan(0, ulong.MaxValue, ref collector);
        Check(collector.Entries);
        Check([.. table.EnumerateDescending().Reverse()]);
        var keys = new ulong[universe.Length + 1];
        var values = new ulong[universe.Length + 1];
        int count = table.CopyTo(0, ulong.MaxValue, keys, values);
        Check([.. keys.Zip(values, KeyValuePair.Create).Take(count)]);
        Assert.InRange(table.CountRange(0, ulong.MaxValue), staying.Length, universe.Length);

        void Check(List<KeyValuePair<ulong, ulong>> entries)
        {
            for (int i = 1; i < entries.Count; i++) Assert.True(entries[i - 1].Key < entries[i].Key);
            foreach (var (key, value) in entries) Assert.True(Array.BinarySearch(universe, key) >= 0 && MixedValues.Belongs(value, key));
            Assert.Equal(staying, entries.Select(entry => entry.Key).Where(key => Array.BinarySearch(staying, key) >= 0));
        }
    }

    [Fact]
    public void Bad_arguments_throw()
    {
        using var fixture = new TableFixture<int>();
        var collector = new Collector<int>();
        Assert.Throws<ArgumentOutOfRangeException>("first", () => fixture.Table.CountRange(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>("first", () => fixture.Table.EnumerateRangeDescending(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>("first", () => fixture.Table.CopyTo(2, 1, [], []));
        Assert.Throws<ArgumentOutOfRangeException>("first", () => fixture.Table.Scan(2, 1, ref collector));
        Assert.Throws<ArgumentException>("values", () => fixture.Table.CopyTo(1, 2, new ulong[2], new int[3]));
        Assert.Equal(0, fixture.Table.CopyTo(1, 2, [], []));
        Assert.Equal(0, fixture.Table.CopyTo([]));
    }

    [Fact]
    public void On_a_disposed_table_every_query_throws()
    {
        var fixture = new TableFixture<int>();
        RadixTable<int> table = fixture.Table;
        table[1] = 1;
        using (RadixTable<int>.DescendingEnumerator paused = table.EnumerateDescending().GetEnumerator())
        {
            fixture.Dispose();
            Assert.Throws<ObjectDisposedException>(() => paused.MoveNext());
        }
        var collector = new Collector<int>();
        Action[] queries =
        [
            () => table.TryGetFirst(out _, out _), () => table.TryGetLast(out _, out _), () => table.TryGetCeiling(1, out _, out _),
            () => table.TryGetFloor(1, out _, out _), () => table.TryGetHigher(ulong.MaxValue, out _, out _), () => table.TryGetLower(0, out _, out _),
            () => table.CountRange(0, 5), () => table.EnumerateDescending(), () => table.EnumerateRangeDescending(0, 5),
            () => table.CopyTo(0, 5, [], []), () => table.CopyTo([]), () => table.Scan(0, 5, ref collector),
        ];
        foreach (Action query in queries) Assert.Throws<ObjectDisposedException>(query);
    }
}
