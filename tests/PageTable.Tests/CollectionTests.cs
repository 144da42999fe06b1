using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>Copies of a table, and tables made of other collections.</summary>
public class CollectionTests
{
    [Fact]
    public void Copies_are_in_ascending_order_and_stay_as_they_were()
    {
        using var fixture = new TableFixture<int>();
        var random = new Random(8);
        var oracle = new SortedDictionary<ulong, int>();
        for (int i = 0; i < 3000; i++) oracle[(ulong)random.NextInt64() >> random.Next(60)] = i;
        foreach (var (key, value) in oracle) fixture.Table[key] = value;
        KeyValuePair<ulong, int>[] entries = fixture.Table.ToArray();
        ICollection<ulong> keys = fixture.Table.Keys;
        ICollection<int> values = fixture.Table.Values;
        fixture.Table.Clear();
        Assert.Equal(oracle, entries);
        Assert.Equal(oracle.Keys, keys);
        Assert.Equal(oracle.Values, values);
        Assert.Empty(fixture.Table.ToArray());
        Assert.Empty(fixture.Table.Keys);
    }

    [Fact]
    public void A_copy_taken_while_entries_come_and_go_has_all_that_stay()
    {
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        for (ulong key = 0; key < 3000; key += 3) table[key] = key;
        int copies = 0;
        Crew.Run(
            () =>
            {
                var random = new Random(2);
                while (Volatile.Read(ref copies) < TestScale.Of(300))
                {
                    ulong key = (ulong)random.Next(1000) * 3 + 1;
                    if (!table.TryAdd(key, key)) table.TryRemove(key, out _);
                }
            },
            () =>
            {
                for (; copies < TestScale.Of(300); Volatile.Write(ref copies, copies + 1))
                {
                    KeyValuePair<ulong, ulong>[] copy = table.ToArray();
                    Assert.All(copy, entry => Assert.Equal(entry.Key, entry.Value));
                    Assert.Equal(1000, copy.Count(entry => entry.Key % 3 == 0));
                    for (int i = 1; i < copy.Length; i++) Assert.True(copy[i - 1].Key < copy[i].Key);
                }
            });
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void A_table_that_cannot_be_made_of_a_collection_leaves_nothing()
    {
        using var allocator = new PageAllocator();
        using var domain = new RcuDomain();
        var options = new RadixTableOptions { Allocator = allocator, Domain = domain };
        IEnumerable<KeyValuePair<ulong, Guid>> Entries(Exception? last)
        {
            for (ulong key = 0; key < 2000; key++) yield return KeyValuePair.Create(key * key, Guid.NewGuid());
            if (last is not null) throw last;
            yield return KeyValuePair.Create(100ul, Guid.Empty);
        }
        Assert.Throws<ArgumentNullException>("collection", () => new RadixTable<Guid>(null!, options));
        Assert.Throws<ArgumentException>("collection", () => new RadixTable<Guid>(Entries(null), options));
        Assert.Throws<TimeoutException>(() => new RadixTable<Guid>(Entries(new TimeoutException()), options));
        Assert.Equal((0L, 0L), (allocator.GetStatistics().LivePages, allocator.GetStatistics().LiveBlocks));
        using (var limited = new PageAllocator(new PageAllocatorOptions { MaxBytes = 8 * Page.Size }))
        {
            Assert.Throws<OutOfMemoryException>(() => new RadixTable<Guid>(Entries(null), new RadixTableOptions { Allocator = limited, Domain = domain }));
        } // its lease is back, or this would throw
    }

    [Fact]
    public void Exchange_tells_what_it_replaced()
    {
        using var fixture = new TableFixture<Wide>();
        Assert.False(fixture.Table.Exchange(5, WideValues.Make(5, 1), out Wide previous));
        Assert.Equal(default, previous);
        Assert.True(fixture.Table.Exchange(5, WideValues.Make(5, 2), out previous));
        Assert.Equal(WideValues.Make(5, 1), previous);
        Assert.Equal(WideValues.Make(5, 2), fixture.Table[5]);
        Assert.Equal(1, fixture.Table.Count);
    }
}
