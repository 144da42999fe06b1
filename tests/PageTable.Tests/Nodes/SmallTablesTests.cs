using Alloc.Native;
using Alloc.Rcu;
using Xunit.Abstractions;

namespace Alloc.PageTable.Tests;

/// <summary>Tests that weigh the managed heap, and so run when no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Scales
{
    public const string Name = "scales";
}

/// <summary>What a table costs that has hardly anything in it.</summary>
[Collection(Scales.Name)]
public sealed class SmallTablesTests(ITestOutputHelper output)
{
    [Fact]
    public void Ten_thousand_tables_of_ten_entries_cost_a_kibibyte_each_managed_memory_included()
    {
        const int count = 10_000;
        using var pages = new PageAllocator();
        using var domain = new RcuDomain();
        var options = new RadixTableOptions { Allocator = pages, Domain = domain };
        var tables = new RadixTable<ulong>[count];
        var random = new Random(3);
        domain.Barrier();
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < count; i++)
        {
            var table = tables[i] = new RadixTable<ulong>(options);
            ulong first = (ulong)random.NextInt64();
            // Neighbours, scattered ones, and both.
            for (ulong k = 0; k < 10; k++) table[i % 3 == 0 ? first + k : i % 3 == 1 ? first ^ k * 0x9E3779B97F4A7C15 : first + k / 5 * 1_000_000 + k] = k;
        }
        domain.Barrier();
        managed = GC.GetTotalMemory(forceFullCollection: true) - managed;
        PageAllocatorStatistics native = pages.GetStatistics();
        // Handles and callbacks of a table are native, and small: they are not counted by anybody.
        output.WriteLine($"managed {managed / count}, native live {native.LiveBytes / count}, in slabs {native.SlabBytes / count}, committed {native.CommittedBytes / count} bytes a table");
        foreach (RadixTable<ulong> table in tables) table.Dispose();
        Assert.True((managed + native.SlabBytes + native.LivePages * Page.Size) / count <= 1024, $"managed {managed / count}, native {native.SlabBytes / count} bytes a table");
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
    }
}
