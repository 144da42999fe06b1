using System.Numerics;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>Atomic arithmetic: of every integer type, at its limits, under contention, without allocating.</summary>
public class IntegerTests
{
    [Fact]
    public void Arithmetic_wraps_and_answers_as_Interlocked_does_for_every_integer_type()
    {
        Check<byte>();
        Check<sbyte>();
        Check<short>();
        Check<ushort>();
        Check<char>();
        Check<int>();
        Check<uint>();
        Check<long>();
        Check<ulong>();
        Check<nint>();
        Check<nuint>();
        Check<Int128>();
        Check<UInt128>();
    }

    private static void Check<T>() where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        using var fixture = new TableFixture<T>();
        RadixTable<T> table = fixture.Table;
        Assert.Equal(T.One, table.Increment(3)); // absent counts as zero
        Assert.Equal(T.One + T.One, table.Increment(3));
        Assert.Equal(T.One, table.Decrement(3));
        Assert.Equal(unchecked(T.Zero - T.One), table.Decrement(4));
        table[5] = T.MaxValue;
        Assert.Equal(T.MinValue, table.Increment(5));
        Assert.Equal(T.MaxValue, table.Decrement(5));
        T seven = T.CreateChecked(7), twelve = T.CreateChecked(12);
        Assert.Equal(seven, table.Add(6, seven));
        Assert.Equal(seven + twelve, table.Add(6, twelve));
        Assert.Equal(seven, table.Add(6, unchecked(T.Zero - twelve)));
        Assert.Equal(seven, table.Or(6, T.CreateChecked(8)));
        Assert.Equal(T.CreateChecked(15), table.And(6, twelve));
        Assert.Equal(twelve, table[6]);
        Assert.Equal(T.Zero, table.Or(7, seven));
        Assert.Equal(seven, table[7]);
        // Through the border between a word and a cell, up and down.
        foreach (T edge in Edges<T>())
        {
            table[8] = edge;
            for (int i = 1; i <= 3; i++) Assert.Equal(unchecked(edge + T.CreateChecked(i)), table.Increment(8));
            for (int i = 2; i >= -3; i--) Assert.Equal(unchecked(edge + T.CreateTruncating(i)), table.Decrement(8));
        }
        Assert.Equal(6, table.Count);
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    private static IEnumerable<T> Edges<T>() where T : IBinaryInteger<T>
    {
        for (int bit = 0; bit < 8 * T.Zero.GetByteCount(); bit++) yield return T.One << bit;
        yield return unchecked(T.Zero - (T.One << (8 * T.Zero.GetByteCount() - 2)));
        yield return T.CreateTruncating((1UL << 62) - (1UL << 48) - 2);
        yield return T.CreateTruncating((1UL << 62) - (1UL << 47));
    }

    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void No_update_is_lost_while_the_keys_nodes_are_frozen_and_copied(ReclaimMode mode)
    {
        using var fixture = new TableFixture<long>(mode);
        RadixTable<long> table = fixture.Table;
        ulong[] counters = [511, 512, (1UL << 18) + 3, 1UL << 62];
        table[511] = (1L << 62) - (1L << 48) - 20_000; // its sums outgrow the word
        long start = table[511];
        int steps = TestScale.Of(100_000);
        Crew.Run(4, thread =>
        {
            var random = new Random(thread);
            for (int step = 0; step < steps; step++)
            {
                ulong counter = counters[random.Next(counters.Length)];
                if (step % 3 == 0)
                {
                    table.Add(counter, 3L);
                    table.Add(counter, -2L);
                }
                else
                {
                    table.Increment(counter);
                }
                ulong beside = (1UL << random.Next(9, 60)) + counter;
                if (random.Next(2) == 0) table.TryAdd(beside, 0);
                else table.TryRemove(beside, out _);
                if (step % 512 == 0) table.Trim();
            }
        });
        Assert.Equal(start + 4L * steps, table.Sum(entry => entry.Value));
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void What_each_exchange_replaced_is_what_another_put_or_is_still_there()
    {
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        ulong put = 0, replaced = 0;
        int steps = TestScale.Of(50_000);
        Crew.Run(4, thread =>
        {
            ulong ownPut = 0, ownReplaced = 0;
            for (uint step = 0; step < steps; step++)
            {
                ulong key = step % 5 * 300, value = MixedValues.Make(key, step * 4 + (uint)thread);
                ownPut += value;
                if (table.Exchange(key, value, out ulong previous))
                {
                    Assert.True(MixedValues.Belongs(previous, key));
                    ownReplaced += previous;
                }
                if (step % 7 == 0 && table.TryRemove(key, out previous)) ownReplaced += previous;
            }
            Interlocked.Add(ref put, ownPut);
            Interlocked.Add(ref replaced, ownReplaced);
        });
        Assert.Equal(put, replaced + table.Aggregate(0UL, (sum, entry) => sum + entry.Value));
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void Nothing_is_allocated_on_the_managed_heap_per_update()
    {
        using var words = new TableFixture<long>();
        using var cells = new TableFixture<Int128>();
        ManagedMemory.AssertNoneAllocated(Work);

        void Work()
        {
            for (ulong i = 0; i < 3000; i++)
            {
                words.Table.Increment(i);
                words.Table.Or(i, 1L << 62);
                words.Table.Exchange(i, 5, out _);
                cells.Table.Add(i, Int128.MaxValue);
                cells.Table.And(i, 12);
            }
        }
    }

    [Fact]
    public void Without_memory_a_new_counter_throws_and_a_standing_one_goes_on()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { MaxBytes = Page.Size });
        using var domain = new RcuDomain();
        using var table = new RadixTable<int>(new RadixTableOptions { Allocator = allocator, Domain = domain });
        Assert.Equal(1, table.Increment(5));
        ulong next = 5;
        Assert.Throws<OutOfMemoryException>(() =>
        {
            while (next < 5_000_000) table.Increment(next += 5000);
        });
        Assert.Throws<OutOfMemoryException>(() => table.Exchange(next, 1, out _));
        long count = table.Count;
        Assert.Equal(2, table.Increment(5));
        Assert.True(table.Exchange(5, 9, out int previous) && previous == 2);
        Assert.Equal(count, table.Count);
        TreeCheck.AtRest(table, domain, allocator);
    }

    [Fact]
    public void A_null_or_disposed_table_is_named()
    {
        var fixture = new TableFixture<int>();
        fixture.Dispose();
        Assert.Throws<ObjectDisposedException>(() => fixture.Table.Increment(1));
        Assert.Throws<ObjectDisposedException>(() => fixture.Table.Exchange(1, 1, out _));
        RadixTable<int>? none = null;
        Assert.Throws<ArgumentNullException>("table", () => none!.Increment(1));
        Assert.Throws<ArgumentNullException>("table", () => none!.Or(1, 1));
        Assert.Throws<ArgumentNullException>("table", () => none!.And(1, 1));
    }
}
