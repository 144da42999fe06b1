using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>A table built at once is one that inserts could have made, and goes on as such.</summary>
public class LoadSortedTests
{
    public static TheoryData<string> Shapes => [.. Keys.Keys];

    private static readonly Dictionary<string, Func<ulong[]>> Keys = new()
    {
        ["nothing"] = () => [],
        ["one key"] = () => [77],
        ["the last keys of all"] = () => [ulong.MaxValue - 1, ulong.MaxValue],
        ["a full leaf table"] = () => Range(512, 512),
        ["dense"] = () => Range(0, 100_000),
        ["dense, not from zero"] = () => Range(12_345_678, 70_000),
        ["dense at the end"] = () => Range(ulong.MaxValue - 70_000, 70_001),
        ["dense far above a few"] = () => [1, 5, .. Range(1UL << 60, 3000)],
        ["stride 2"] = () => [.. Range(0, 30_000).Select(key => key * 2)],
        ["density 1/16"] = () => [.. Range(0, 30_000).Select(key => key * 16 + key % 7)],
        ["stride 600"] = () => [.. Range(0, 30_000).Select(key => key * 600)],
        ["clustered"] = () => Random(1, random =>
        {
            ulong first = (ulong)random.NextInt64(1L << 48);
            return Range(first, random.Next(64, 513));
        }, 300),
        ["random"] = () => Random(2, random => [(ulong)random.NextInt64(long.MinValue, long.MaxValue)], 50_000),
        ["random in a small part"] = () => Random(3, random => [(1UL << 50) + (ulong)random.Next(1 << 26)], 50_000),
        ["of every length"] = () => Random(4, random => [(ulong)random.NextInt64() >> random.Next(63)], 20_000),
        ["random with the reserved patterns"] = () => [.. Random(5, random => [(ulong)random.NextInt64()], 5000), ulong.MaxValue - 1, ulong.MaxValue],
    };

    private static ulong[] Range(ulong first, int count) => [.. Enumerable.Range(0, count).Select(i => first + (uint)i)];

    private static ulong[] Random(int seed, Func<Random, ulong[]> make, int times)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, times).SelectMany(_ => make(random)).Distinct().Order()];
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void All_entries_are_there_in_sound_nodes_and_the_table_goes_on(string shape)
    {
        ulong[] keys = Keys[shape]();
        Check(keys, key => InlineValues.Make(key, 1));
        Check(keys.Length > 20_000 ? keys[..20_000] : keys, key => WideValues.Make(key, 1));
    }

    private static void Check<TValue>(ulong[] keys, Func<ulong, TValue> make) where TValue : unmanaged
    {
        using var allocator = new PageAllocator();
        using var domain = new RcuDomain();
        TValue[] values = [.. keys.Select(make)];
        using (RadixTable<TValue> table = RadixTable<TValue>.LoadSorted(keys, values, new RadixTableOptions { Allocator = allocator, Domain = domain }))
        {
            TreeCheck.AtRest(table, domain, allocator);
            Assert.Equal(keys.Zip(values, KeyValuePair.Create), table);
            long loaded = table.GetStatistics().TableBytes;

            var random = new Random(9);
            var oracle = new SortedDictionary<ulong, TValue>(table.AsDictionary());
            for (int i = 0; i < 4000 && keys.Length > 0; i++)
            {
                ulong key = keys[random.Next(keys.Length)] + (ulong)(random.Next(5) - 2);
                switch (random.Next(3))
                {
                    case 0:
                        Assert.Equal(oracle.Remove(key), table.TryRemove(key, out _));
                        break;
                    case 1:
                        Assert.Equal(oracle.TryAdd(key, make(key)), table.TryAdd(key, make(key)));
                        break;
                    default:
                        Assert.Equal(oracle.ContainsKey(key), table.ContainsKey(key));
                        foreach (int bit in new[] { random.Next(64), random.Next(64) }) Assert.Equal(oracle.ContainsKey(key ^ 1UL << bit), table.ContainsKey(key ^ 1UL << bit));
                        break;
                }
            }
            Assert.Equal(oracle, table);
            TreeCheck.AtRest(table, domain, allocator);

            // Inserting the same one by one takes about as much.
            using var other = new PageAllocator();
            using var inserted = new RadixTable<TValue>(new RadixTableOptions { Allocator = other, Domain = domain });
            inserted.AddRange(keys, values);
            Assert.True(loaded <= inserted.GetStatistics().TableBytes * 1.2 + 4096, $"{loaded} bytes loaded, {inserted.GetStatistics().TableBytes} inserted");
        }
        Assert.Equal((0L, 0L), (allocator.GetStatistics().LivePages, allocator.GetStatistics().LiveBlocks));
    }

    [Fact]
    public void Without_memory_nothing_is_left()
    {
        ulong[] keys = [.. Range(0, 2000), .. Random(8, random => [(1UL << 40) + (ulong)random.NextInt64(1L << 40)], 2000)];
        Guid[] values = [.. keys.Select(_ => Guid.NewGuid())];
        using var domain = new RcuDomain();
        int refused = 0;
        for (int k = 1; k < 6000; k += 1 + k / 4)
        {
            using var flaky = new PageAllocator(new PageAllocatorOptions { FailEvery = k });
            Refuse(flaky);
            using var limited = new PageAllocator(new PageAllocatorOptions { MaxBytes = Math.Min(k, 35) * Page.Size });
            Refuse(limited);
        }
        Assert.True(refused > 20);

        void Refuse(PageAllocator allocator)
        {
            try
            {
                using RadixTable<Guid> table = RadixTable<Guid>.LoadSorted(keys, values, new RadixTableOptions { Allocator = allocator, Domain = domain });
                Assert.Equal(keys.Length, table.Count);
            }
            catch (OutOfMemoryException)
            {
                refused++;
            }
            Assert.Equal((0L, 0L), (allocator.GetStatistics().LivePages, allocator.GetStatistics().LiveBlocks));
        }
    }

    [Fact]
    public void Keys_out_of_order_are_named()
    {
        string message = Assert.Throws<ArgumentException>("keys", () => RadixTable<int>.LoadSorted([1, 3, 2], [1, 2, 3])).Message;
        Assert.Contains("Key 2 (0x2)", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("keys", () => RadixTable<int>.LoadSorted([1, 1], [1, 2]));
        Assert.Throws<ArgumentException>("values", () => RadixTable<int>.LoadSorted([1, 2], [1]));
    }
}
