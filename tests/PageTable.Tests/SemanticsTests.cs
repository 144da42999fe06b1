using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>What the members promise, one by one.</summary>
public class SemanticsTests
{
    [Fact]
    public void Any_key_may_be_stored_the_first_and_the_last_included()
    {
        using var fixture = new TableFixture<int>();
        ulong[] keys = [0, 1, 511, 512, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue - 512, ulong.MaxValue - 1, ulong.MaxValue];
        foreach (ulong key in keys) Assert.True(fixture.Table.TryAdd(key, (int)key));
        Assert.Equal(keys, fixture.Table.Select(e => e.Key));
        Assert.Equal(2, fixture.Table.RemoveRange(ulong.MaxValue - 1, ulong.MaxValue));
        Assert.Equal(keys.Length - 2, fixture.Table.RemoveRange(0, ulong.MaxValue));
    }

    [Fact]
    public void The_indexer_throws_with_the_key_that_is_missing()
    {
        using var fixture = new TableFixture<int>();
        var thrown = Assert.Throws<KeyNotFoundException>(() => fixture.Table[77]);
        Assert.Contains("77", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_update_compares_as_the_type_compares_and_swaps_what_it_read()
    {
        using var fixture = new TableFixture<double>();
        fixture.Table[5] = -0.0;
        Assert.True(fixture.Table.TryUpdate(5, 2.5, 0.0)); // equal, though the bits differ
        Assert.False(fixture.Table.TryUpdate(5, 3.5, 0.0));
        Assert.False(fixture.Table.TryUpdate(6, 3.5, 0.0));
        Assert.Equal(2.5, fixture.Table[5]);
        fixture.Table[5] = double.NaN;
        Assert.True(fixture.Table.TryRemove(5, double.NaN)); // EqualityComparer takes NaN for equal to itself
    }

    [Fact]
    public void Factories_may_use_the_table_and_run_outside_any_section()
    {
        using var fixture = new TableFixture<Guid>();
        RadixTable<Guid> table = fixture.Table;
        var made = Guid.NewGuid();
        Guid got = table.GetOrAdd(1, key =>
        {
            Assert.False(fixture.Domain.IsInSection);
            fixture.Domain.Synchronize();
            table[2] = made;
            table.TryRemove(2, out _);
            return made;
        });
        Assert.Equal(made, got);
        Guid put = table.AddOrUpdate(1, _ => throw new InvalidOperationException(), (_, present) =>
        {
            Assert.False(fixture.Domain.IsInSection);
            Assert.Equal(made, present);
            return Guid.Empty;
        });
        Assert.Equal(Guid.Empty, put);
        Assert.Equal(Guid.Empty, table[1]);
    }

    [Fact]
    public void An_update_factory_runs_again_where_the_value_has_changed_meanwhile()
    {
        using var fixture = new TableFixture<long>();
        fixture.Table[9] = 1;
        int runs = 0;
        long put = fixture.Table.AddOrUpdate(9, 0, (_, present) =>
        {
            if (runs++ == 0) fixture.Table[9] = 10;
            return present + 1;
        });
        Assert.Equal(11, put);
        Assert.Equal(2, runs);
    }

    [Fact]
    public void A_factory_that_throws_leaves_the_table_as_it_was()
    {
        using var fixture = new TableFixture<Guid>();
        fixture.Table[1] = Guid.Empty;
        Assert.Throws<FormatException>(() => fixture.Table.GetOrAdd(2, _ => throw new FormatException()));
        Assert.Throws<FormatException>(() => fixture.Table.AddOrUpdate(1, Guid.Empty, (_, _) => throw new FormatException()));
        Assert.Equal(1, fixture.Table.Count);
    }

    [Fact]
    public void Lookups_may_share_a_section_and_a_wrong_section_throws()
    {
        using var fixture = new TableFixture<int>();
        using var other = new RcuDomain();
        fixture.Table[3] = 33;
        using RcuReader reader = fixture.Domain.Register();
        ReadSection section = reader.Enter();
        Assert.True(fixture.Table.TryGetValue(in section, 3, out int value));
        Assert.Equal(33, value);
        Assert.False(fixture.Table.TryGetValue(in section, 4, out _));
        section.Dispose();
        Assert.True(ThrowsArgument(fixture.Table, in section));
        ReadSection none = default;
        Assert.True(ThrowsArgument(fixture.Table, in none));
        ReadSection foreign = other.Enter();
        Assert.True(ThrowsArgument(fixture.Table, in foreign));
        foreign.Dispose();
    }

    private static bool ThrowsArgument(RadixTable<int> table, ref readonly ReadSection section)
    {
        try
        {
            table.TryGetValue(in section, 3, out _);
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    [Fact]
    public void Writing_inside_a_section_of_the_callers_works_and_defers()
    {
        foreach (ReclaimMode mode in Enum.GetValues<ReclaimMode>())
        {
            using var fixture = new TableFixture<Guid>(mode);
            using (fixture.Domain.Enter())
            {
                for (ulong i = 0; i < 3000; i++) fixture.Table[i] = Guid.NewGuid();
                Assert.Equal(3000, fixture.Table.RemoveRange(0, ulong.MaxValue));
            }
            RadixTableStatistics rest = fixture.StatisticsAtRest();
            Assert.Equal(0, rest.PendingBytes);
            Assert.Equal(0, rest.SynchronousWaits);
        }
    }

    [Fact]
    public void Nothing_is_allocated_on_the_managed_heap_per_operation()
    {
        using var fixture = new TableFixture<Int128>();
        RadixTable<Int128> table = fixture.Table;
        ManagedMemory.AssertNoneAllocated(Work);

        void Work()
        {
            for (ulong i = 0; i < 5000; i++)
            {
                table[i * 3] = (Int128)i;
                table.TryAdd(i, 5);
                table.TryGetValue(i, out _);
                table.TryUpdate(i, 6, 5);
                table.TryRemove(i, out _);
            }
            long sum = 0;
            foreach (var (key, _) in table.EnumerateRange(100, 1_000_000)) sum += (long)key;
            table.RemoveRange(0, 9000);
            table.Clear();
        }
    }

    [Fact]
    public void Bad_arguments_throw_and_change_nothing()
    {
        using var fixture = new TableFixture<int>();
        fixture.Table[1] = 1;
        Assert.Throws<ArgumentOutOfRangeException>(() => fixture.Table.RemoveRange(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => fixture.Table.EnumerateRange(2, 1));
        Assert.Throws<ArgumentNullException>(() => fixture.Table.GetOrAdd(1, null!));
        Assert.Throws<ArgumentNullException>(() => fixture.Table.AddOrUpdate(1, 1, null!));
        Assert.Throws<ArgumentNullException>(() => fixture.Table.AddOrUpdate(1, null!, (_, v) => v));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RadixTable<int>(new RadixTableOptions { Reclaim = (ReclaimMode)7 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RadixTable<int>(new RadixTableOptions { BatchThreshold = 0 }));
        Assert.Throws<NotSupportedException>(() => new RadixTable<Huge>());
        Assert.Equal(1, fixture.Table.Count);
    }

#pragma warning disable CS0169, IDE0051, IDE0044
    [System.Runtime.CompilerServices.InlineArray(4073)]
    private struct Huge
    {
        private byte _first;
    }
#pragma warning restore CS0169, IDE0051, IDE0044

    [Fact]
    public void A_small_table_costs_little()
    {
        using var fixture = new TableFixture<ulong>();
        var tables = new List<RadixTable<ulong>>();
        var random = new Random(3);
        long bytes = 0;
        for (int i = 0; i < 1000; i++)
        {
            var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = fixture.Allocator, Domain = fixture.Domain });
            tables.Add(table);
            ulong first = (ulong)random.NextInt64();
            for (ulong k = 0; k < 10; k++) table[first + k] = k;
            bytes += table.GetStatistics().TableBytes;
        }
        Assert.True(bytes / tables.Count <= 8192, $"{bytes / tables.Count} bytes a table of ten neighbouring entries");
        tables.ForEach(t => t.Dispose());
    }
}
