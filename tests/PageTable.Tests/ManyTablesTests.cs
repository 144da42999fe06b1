using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>Many small tables over one allocator and one domain.</summary>
public class ManyTablesTests
{
    [Fact]
    public void Ten_thousand_small_tables_live_at_once_and_each_keeps_to_itself()
    {
        const int threads = 2;
        int count = 10_000;
        using var pages = new PageAllocator();
        using var domain = new RcuDomain();
        var options = new RadixTableOptions { Allocator = pages, Domain = domain };
        var tables = new RadixTable<ulong>[count];
        Crew.Run(threads, thread =>
        {
            for (int i = thread; i < count; i += threads)
            {
                tables[i] = new RadixTable<ulong>(options);
                for (ulong k = 0; k < 10; k++) tables[i][KeyOf(i, k)] = MixedValues.Make(KeyOf(i, k), (uint)i);
            }
        });
        // Each thread reads what the other made, and disposes of it.
        Crew.Run(threads, thread =>
        {
            for (int i = threads - 1 - thread; i < count; i += threads)
            {
                Assert.Equal(10, tables[i].Count);
                for (ulong k = 0; k < 10; k++) Assert.Equal(MixedValues.Make(KeyOf(i, k), (uint)i), tables[i][KeyOf(i, k)]);
                if (i % 3 == 0) Assert.Equal(10, tables[i].RemoveRange(0, ulong.MaxValue));
                tables[i].Dispose();
            }
        });
        PageAllocatorStatistics left = pages.GetStatistics();
        Assert.Equal((0L, 0L), (left.LivePages, left.LiveBlocks));
    }

    private static ulong KeyOf(int table, ulong k) => ((ulong)table * 0x9E3779B97F4A7C15 >> 1) + k;

    [Fact]
    public void Tables_of_many_types_share_one_allocator_and_one_domain_under_load()
    {
        using var pages = new PageAllocator();
        using var domain = new RcuDomain();
        var options = new RadixTableOptions { Allocator = pages, Domain = domain };
        using (var inline = new RadixTable<ulong>(options))
        using (var wide = new RadixTable<Wide>(options))
        {
            Crew.Run(3, thread =>
            {
                var random = new Random(thread);
                for (uint step = 0; step < TestScale.Of(200_000); step++)
                {
                    ulong key = ((ulong)random.Next(3) << 30) + (ulong)random.Next(600);
                    if (random.Next(2) == 0)
                    {
                        inline[key] = MixedValues.Make(key, step);
                        wide[key] = WideValues.Make(key, step);
                    }
                    else if (random.Next(50) == 0)
                    {
                        inline.RemoveRange(key & ~511UL, key | 511);
                        wide.RemoveRange(key & ~511UL, key | 511);
                    }
                    else
                    {
                        if (inline.TryRemove(key, out ulong value)) Assert.True(MixedValues.Belongs(value, key));
                        if (wide.TryGetValue(key, out Wide large)) Assert.True(WideValues.Belongs(large, key));
                    }
                }
            });
        }
        PageAllocatorStatistics left = pages.GetStatistics();
        Assert.Equal((0L, 0L), (left.LivePages, left.LiveBlocks));
    }
}
