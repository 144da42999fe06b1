using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>A table at its allocator's limit: what it may still do, and that it stays within.</summary>
public class LimitTests
{
    private const long MaxBytes = 64 * Page.Size;

    [Fact]
    public void Inserts_take_nothing_beyond_MaxBytes_whatever_nodes_they_would_grow()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { MaxBytes = MaxBytes });
        using var domain = new RcuDomain();
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            var random = new Random(5);
            var oracle = new SortedDictionary<ulong, ulong>();
            int refused = 0;
            while (refused < 2000)
            {
                // Crowds and stragglers, so that runs, buckets and directories all want to grow.
                ulong key = random.Next(2) == 0 ? (ulong)random.Next(64) << 40 | (uint)random.Next(300) : (ulong)random.Next(4096) << 38 | (uint)random.Next();
                try
                {
                    table[key] = key;
                    oracle[key] = key;
                }
                catch (OutOfMemoryException)
                {
                    refused++;
                }
                if (refused % 100 == 0) AssertWithin(pages);
            }
            domain.Barrier();
            AssertWithin(pages);
            Assert.Equal(oracle.ToList(), table.ToList());
            TreeCheck.AtRest(table, domain, pages);
            Assert.Equal(oracle.Count, table.RemoveRange(0, ulong.MaxValue));
            TreeCheck.AtRest(table, domain, pages, trimmed: true);
        }
    }

    // Pages from the reserve may be out for a moment, two for each processor, never for good.
    private static void AssertWithin(PageAllocator pages)
    {
        PageAllocatorStatistics now = pages.GetStatistics();
        Assert.True(now.LiveBytes <= MaxBytes + 2 * Environment.ProcessorCount * Page.Size, $"{now.LiveBytes} bytes live, {MaxBytes} allowed");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Trim_ends_when_every_request_is_refused(bool denseBeside)
    {
        using var pages = Refusals.CreateAllocator();
        using var domain = new RcuDomain();
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            table.PutInLeafTables(key => key, 3, 200, 400);
            if (denseBeside) for (ulong key = 512; key < 1024; key++) table[key] = key;
            Refusals.RefuseAll(pages);
            Crew.Run(table.Trim);
            Refusals.RefuseNone(pages);
            Crew.Run(table.Trim);
            TreeCheck.AtRest(table, domain, pages, trimmed: true);
            Assert.Equal(3 + (denseBeside ? 512 : 0), table.Count);
        }
    }

    [Fact]
    public void Trim_ends_where_what_would_fit_and_what_is_chosen_differ()
    {
        // A nearly empty leaf table beside a full one: by itself a bucket, beside the dense keys a leaf table again.
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        for (ulong key = 0; key < 2048; key++) table[key] = key;
        for (ulong key = 512; key < 1024; key++)
        {
            if (key % 200 != 0) table.TryRemove(key, out _);
        }
        Crew.Run(table.Trim);
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator, trimmed: true);
    }
}
