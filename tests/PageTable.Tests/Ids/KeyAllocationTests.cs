using System.Collections.Concurrent;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>Ids: the lowest free key, whatever stands before it, and none given twice.</summary>
public class KeyAllocationTests
{
    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.None)]
    public void The_lowest_free_key_is_found_as_a_set_finds_it(ReclaimMode mode)
    {
        for (int seed = 0; seed < 4; seed++)
        {
            using var fixture = new TableFixture<int>(mode);
            RadixTable<int> table = fixture.Table;
            var random = new Random(seed);
            var oracle = new HashSet<ulong>();
            ulong start = seed switch { 0 => 0, 1 => 1, 2 => (1UL << 40) - 3000, _ => ulong.MaxValue - 12_000 };
            for (int step = 0; step < TestScale.Of(30_000); step++)
            {
                ulong from = start + (ulong)(random.Next(4) == 0 ? random.Next(12_000) : 0);
                ulong to = random.Next(3) == 0 ? Math.Min(from + (ulong)random.Next(3000), ulong.MaxValue - (ulong)random.Next(2)) : ulong.MaxValue;
                if (from > to) from = to;
                switch (random.Next(step % 8000 < 5000 ? 20 : 3))
                {
                    case 0:
                        ulong gone = start + (ulong)random.Next(12_000);
                        Assert.Equal(oracle.Remove(gone), table.TryRemove(gone, out _));
                        break;
                    case 1 when random.Next(50) == 0:
                        ulong first = start + (ulong)random.Next(10_000), last = first + (ulong)random.Next(2000);
                        Assert.Equal(oracle.RemoveWhere(key => key >= first && key <= last), table.RemoveRange(first, last));
                        break;
                    case 2:
                        Assert.Equal(TryFind(from, to, out ulong expected), table.TryFindFirstFree(from, to, out ulong free));
                        Assert.Equal(expected, free);
                        break;
                    default:
                        Assert.Equal(TryFind(from, to, out expected), table.TryAllocateKey(from, to, 5, out ulong key));
                        Assert.Equal(expected, key);
                        if (key != 0 || oracle.Count == 0) oracle.Add(key);
                        break;
                }
            }
            Assert.Equal(oracle.Count, table.Count);

            bool TryFind(ulong from, ulong to, out ulong key)
            {
                for (key = from; oracle.Contains(key); key++)
                {
                    if (key != to) continue;
                    key = 0;
                    return false;
                }
                return true;
            }
        }
    }

    [Fact]
    public void A_full_range_has_no_free_key_until_one_is_removed()
    {
        using var fixture = new TableFixture<int>();
        foreach (var (first, last) in new (ulong, ulong)[] { (5, 5), (0, 2047), (700, 5000), (ulong.MaxValue - 1023, ulong.MaxValue) })
        {
            for (ulong expected = first; ; expected++)
            {
                Assert.True(fixture.Table.TryAllocateKey(first, last, 1, out ulong key));
                Assert.Equal(expected, key);
                if (key == last) break;
                if (key >= 1 && key < 700) fixture.Table.TryGetValue(key, out _);
            }
            Assert.False(fixture.Table.TryAllocateKey(first, last, 1, out ulong none));
            Assert.Equal(0ul, none);
            Assert.False(fixture.Table.TryFindFirstFree(first, last, out _));
            fixture.Table.TryRemove(last, out _);
            Assert.True(fixture.Table.TryAllocateKey(first, last, 1, out ulong again) && again == last);
            fixture.Table.RemoveRange(first, last);
            Assert.True(fixture.Table.TryFindFirstFree(first, last, out ulong lowest) && lowest == first);
        }
    }

    [Fact]
    public void Cyclic_ids_go_round_and_pass_over_what_is_taken()
    {
        using var fixture = new TableFixture<int>();
        ulong next = 0;
        ulong[] given = new ulong[25];
        for (int i = 0; i < given.Length; i++)
        {
            Assert.True(fixture.Table.TryAllocateKeyCyclic(10, 19, ref next, i, out given[i]));
            fixture.Table.TryRemove(given[i], out _);
            if (i == 4) fixture.Table[16] = 1;
        }
        Assert.Equal(new ulong[] { 10, 11, 12, 13, 14, 15, 17, 18, 19, 10, 11, 12, 13, 14, 15, 17, 18, 19 }, given[..18]);
        for (int i = 0; i < 9; i++) Assert.True(fixture.Table.TryAllocateKeyCyclic(10, 19, ref next, i, out _));
        ulong before = next;
        Assert.False(fixture.Table.TryAllocateKeyCyclic(10, 19, ref next, 0, out _));
        Assert.Equal(before, next);
        next = ulong.MaxValue;
        Assert.True(fixture.Table.TryAllocateKeyCyclic(0, ulong.MaxValue, ref next, 0, out ulong last) && last == ulong.MaxValue && next == 0);
    }

    [Fact]
    public void No_key_is_given_twice_and_the_lowest_is_free_at_rest()
    {
        foreach (ReclaimMode mode in Enum.GetValues<ReclaimMode>())
        {
            using var fixture = new TableFixture<int>(mode);
            RadixTable<int> table = fixture.Table;
            var owners = new ConcurrentDictionary<ulong, int>();
            ulong next = 0;
            Crew.Run(4, thread =>
            {
                var random = new Random(thread);
                var own = new List<ulong>();
                for (int step = 0; step < TestScale.Of(20_000); step++)
                {
                    if (own.Count > 0 && random.Next(own.Count > 1500 ? 2 : 8) == 0)
                    {
                        int i = random.Next(own.Count);
                        ulong key = own[i];
                        own[i] = own[^1];
                        own.RemoveAt(own.Count - 1);
                        Assert.True(owners.TryRemove(key, out int owner) && owner == thread);
                        Assert.True(table.TryRemove(key, out int value) && value == thread);
                    }
                    else
                    {
                        bool cyclic = step % 7 == 0;
                        Assert.True(cyclic
                            ? table.TryAllocateKeyCyclic(512, 20_000, ref next, thread, out ulong key)
                            : table.TryAllocateKey(512, 20_000, thread, out key));
                        Assert.InRange(key, 512ul, 20_000ul);
                        Assert.True(owners.TryAdd(key, thread), $"{key} was given twice");
                        own.Add(key);
                    }
                }
            });
            Assert.Equal(owners.Count, table.Count);
            ulong lowest = 512;
            while (owners.ContainsKey(lowest)) lowest++;
            Assert.True(table.TryFindFirstFree(512, 20_000, out ulong free));
            Assert.Equal(lowest, free);
        }
    }

    [Fact]
    public void Nothing_is_allocated_on_the_managed_heap_per_id_and_all_memory_comes_back()
    {
        using var fixture = new TableFixture<long>();
        ManagedMemory.AssertNoneAllocated(Work);

        void Work()
        {
            for (int i = 0; i < 5000; i++) Assert.True(fixture.Table.TryAllocateKey(0, ulong.MaxValue, i, out _));
            fixture.Table.RemoveRange(100, ulong.MaxValue);
            fixture.Table.Clear();
        }
    }

    [Fact]
    public void Without_memory_an_id_is_refused_and_hints_are_done_without()
    {
        for (int k = 1; k < 30; k++)
        {
            using var allocator = new PageAllocator(new PageAllocatorOptions { FailEvery = k });
            using var domain = new RcuDomain();
            using (var table = new RadixTable<int>(new RadixTableOptions { Allocator = allocator, Domain = domain }))
            {
                ulong expected = 0;
                for (int i = 0; i < 6000; i++)
                {
                    try
                    {
                        Assert.True(table.TryAllocateKey(0, ulong.MaxValue, i, out ulong key));
                        Assert.Equal(expected++, key);
                    }
                    catch (OutOfMemoryException)
                    {
                        Assert.Equal((long)expected, table.Count);
                        if (k == 1) break;
                    }
                }
                for (ulong key = 0; key < expected; key += 3) Assert.True(table.TryRemove(key, out _));
                Assert.True(expected == 0 || (table.TryFindFirstFree(0, 5999, out ulong free) && free == 0));
            }
            Assert.Equal((0L, 0L), (allocator.GetStatistics().LivePages, allocator.GetStatistics().LiveBlocks));
        }
    }

    [Fact]
    public async Task A_table_with_hints_is_disposed_whole_also_asynchronously()
    {
        using var allocator = new PageAllocator();
        using var domain = new RcuDomain();
        var table = new RadixTable<int>(new RadixTableOptions { Allocator = allocator, Domain = domain });
        for (int i = 0; i < 2000; i++) Assert.True(table.TryAllocateKey(0, ulong.MaxValue, i, out _));
        await table.DisposeAsync();
        Assert.Equal((0L, 0L), (allocator.GetStatistics().LivePages, allocator.GetStatistics().LiveBlocks));
        Assert.Throws<ObjectDisposedException>(() => table.TryAllocateKey(0, 5, 1, out _));
        Assert.Throws<ObjectDisposedException>(() => table.TryFindFirstFree(0, 5, out _));
        Assert.Throws<ArgumentOutOfRangeException>("first", () => table.TryFindFirstFree(5, 4, out _));
        Assert.Throws<ArgumentOutOfRangeException>("first", () => table.TryAllocateKey(5, 4, 1, out _));
        ulong next = 0;
        Assert.Throws<ArgumentOutOfRangeException>("first", () => table.TryAllocateKeyCyclic(5, 4, ref next, 1, out _));
    }
}
