using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>Entries put many at a time are there as if put one by one.</summary>
public class ManyEntriesTests
{
    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void SetRange_and_AddRange_do_what_a_dictionary_does(ReclaimMode mode)
    {
        var random = new Random(4);
        using var fixture = new TableFixture<Wide>(mode);
        var oracle = new SortedDictionary<ulong, Wide>();
        for (uint round = 1; round < 60; round++)
        {
            ulong[] keys = [.. Enumerable.Range(0, random.Next(200)).Select(_ => (ulong)random.Next(3000) << (random.Next(2) * 30))];
            Wide[] values = [.. keys.Select(key => WideValues.Make(key, round))];
            if (round % 2 == 0)
            {
                Assert.Equal(keys.Select((key, i) => oracle.TryAdd(key, values[i])).Count(added => added), fixture.Table.AddRange(keys, values));
            }
            else
            {
                fixture.Table.SetRange(keys, values);
                for (int i = 0; i < keys.Length; i++) oracle[keys[i]] = values[i];
            }
            if (round % 7 == 0) fixture.Table.RemoveRange(0, 1000);
            foreach (ulong key in oracle.Keys.Where(key => round % 7 == 0 && key <= 1000).ToArray()) oracle.Remove(key);
            Assert.Equal(oracle, fixture.Table);
        }
        TreeCheck.AtRest(fixture.Table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void Threads_that_put_the_same_entries_together_put_each_once()
    {
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        int added = 0, removed = 0;
        Crew.Run(3, thread =>
        {
            var random = new Random(thread);
            var keys = new ulong[100];
            var values = new ulong[100];
            for (uint step = 0; step < TestScale.Of(2000); step++)
            {
                ulong first = (ulong)random.Next(8) * 300;
                for (uint i = 0; i < keys.Length; i++) (keys[i], values[i]) = (first + i * 3, MixedValues.Make(first + i * 3, step + i));
                Interlocked.Add(ref added, table.AddRange(keys, values));
                if (step % 3 == 0) Interlocked.Add(ref removed, (int)table.RemoveRange(first, first + 290));
                if (step % 5 == 0 && table.TryGetValue(keys[7], out ulong value)) Assert.True(MixedValues.Belongs(value, keys[7]));
            }
        });
        Assert.Equal(added - removed, table.Count);
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void Refused_memory_is_told_with_how_far_it_came()
    {
        ulong[] keys = [.. Enumerable.Range(0, 5000).Select(i => (ulong)i * 50)];
        var values = new Guid[keys.Length];
        for (int pages = 1; pages < 100; pages += 9)
        {
            using var allocator = new PageAllocator(new PageAllocatorOptions { MaxBytes = pages * Page.Size });
            using var domain = new RcuDomain();
            using var table = new RadixTable<Guid>(new RadixTableOptions { Allocator = allocator, Domain = domain });
            string message = Assert.Throws<OutOfMemoryException>(() => table.AddRange(keys, values)).Message;
            Assert.Contains($"{table.Count} of 5000", message, StringComparison.Ordinal);
            Assert.Equal(keys.Take((int)table.Count), table.Select(entry => entry.Key));
            TreeCheck.AtRest(table, domain, allocator);
        }
        foreach (int k in new[] { 1, 2, 3, 5, 11 })
        {
            using var allocator = new PageAllocator(new PageAllocatorOptions { FailEvery = k });
            using var domain = new RcuDomain();
            using var table = new RadixTable<Guid>(new RadixTableOptions { Allocator = allocator, Domain = domain });
            Assert.Throws<OutOfMemoryException>(() => table.SetRange(keys, values));
            TreeCheck.AtRest(table, domain, allocator);
        }
    }

    [Fact]
    public void Spans_must_be_of_one_length_and_may_be_empty()
    {
        var fixture = new TableFixture<int>();
        Assert.Throws<ArgumentException>("values", () => fixture.Table.SetRange([1, 2], [1]));
        Assert.Throws<ArgumentException>("values", () => fixture.Table.AddRange([], [1]));
        Assert.Equal(0, fixture.Table.AddRange([], []));
        fixture.Dispose();
        Assert.Throws<ObjectDisposedException>(() => fixture.Table.SetRange([], []));
        Assert.Throws<ObjectDisposedException>(() => fixture.Table.AddRange([1], [1]));
    }
}
