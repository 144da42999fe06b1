using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>Who waits, and for what, in each mode (protocol 3). Leaf tables, which are pages, go; how they came about is not counted.</summary>
public class ReclaimModeTests
{
    private const ulong Entries = 40 * 512;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rcu_never_waits_even_when_every_batch_is_refused_and_a_reader_is_stuck(bool refuseBatches)
    {
        using var setup = new Setup(ReclaimMode.Rcu, refuseBatches, batchThreshold: 1);
        long pending;
        using (setup.Domain.Enter()) // a reader that is stuck for as long as the removals take
        {
            Crew.Run(setup.RemoveOneByOne);
            pending = setup.Table.GetStatistics().PendingPages;
        }
        Assert.True(pending >= (long)Entries / 512, $"only {pending} pages waited for the reader");
        RadixTableStatistics rest = setup.AtRest();
        Assert.Equal(0, rest.SynchronousWaits);
        Assert.Equal(refuseBatches, rest.BatchRefusals > 0);
        Assert.Equal(refuseBatches, rest.Batches == 0);
        Assert.True(rest.ReclaimedPages >= pending);
    }

    [Fact]
    public void Range_removal_in_Rcu_shares_batch_pages_and_goes_by_heads_when_they_are_refused()
    {
        foreach (bool refuse in new[] { false, true })
        {
            using var setup = new Setup(ReclaimMode.Rcu, refuse);
            Assert.Equal((long)Entries, setup.Table.RemoveRange(0, ulong.MaxValue));
            RadixTableStatistics rest = setup.AtRest();
            Assert.Equal(0, rest.SynchronousWaits);
            if (refuse) Assert.True(rest is { Batches: 0, BatchRefusals: > 0, Singles: > 40 }, rest.ToString());
            else Assert.True(rest is { Batches: 1, BatchRefusals: 0, Singles: 0, BatchedNodes: > 40 }, rest.ToString());
        }
    }

    [Fact]
    public void SemiRcu_waits_on_the_spot_when_its_batch_is_refused()
    {
        using var setup = new Setup(ReclaimMode.SemiRcu, refuseBatches: true);
        using var removed = new ManualResetEventSlim();
        Thread remover;
        using (setup.Domain.Enter())
        {
            remover = new Thread(() =>
            {
                setup.Table.RemoveRange(0, 511);
                removed.Set();
            })
            { IsBackground = true };
            remover.Start();
            Crew.Until(() => setup.Since().SynchronousWaits == 1, "the removal waits");
            Assert.False(setup.Table.ContainsKey(5)); // gone at once, although its page waits
            Assert.False(removed.IsSet, "it did not wait for the open section");
        }
        Assert.True(removed.Wait(Crew.Patience));
        Assert.True(remover.Join(Crew.Patience));
        Assert.Equal(0, setup.Table.GetStatistics().PendingPages);
    }

    [Fact]
    public void SemiRcu_does_not_wait_when_it_gets_a_batch_page()
    {
        using var setup = new Setup(ReclaimMode.SemiRcu, refuseBatches: false);
        using (setup.Domain.Enter()) Crew.Run(setup.RemoveOneByOne);
        RadixTableStatistics rest = setup.AtRest();
        Assert.True(rest is { SynchronousWaits: 0, WaitsDeferred: 0, Singles: 0, Batches: >= (long)Entries / 512 }, rest.ToString());
    }

    [Fact]
    public void SemiRcu_inside_a_callers_section_defers_instead_of_waiting_and_counts_that()
    {
        using var setup = new Setup(ReclaimMode.SemiRcu, refuseBatches: true);
        using (setup.Domain.Enter()) setup.Table.RemoveRange(0, 1023);
        RadixTableStatistics rest = setup.AtRest();
        Assert.True(rest is { SynchronousWaits: 0, WaitsDeferred: > 0, Singles: > 0 }, rest.ToString());
    }

    [Fact]
    public void None_keeps_emptied_tables_and_uses_them_again()
    {
        using var setup = new Setup(ReclaimMode.None, refuseBatches: false);
        RadixTableStatistics full = setup.Table.GetStatistics();
        for (int round = 0; round < 3; round++)
        {
            setup.RemoveOneByOne();
            Assert.True(setup.Table.IsEmpty);
            setup.Table.Trim();
            RadixTableStatistics empty = setup.AtRest();
            Assert.Equal((full.Directories, full.LeafTables), (empty.Directories, empty.LeafTables));
            Assert.Equal(0, empty.ReclaimedPages);
            setup.Fill();
            Assert.Equal((long)Entries, setup.Table.RemoveRange(0, ulong.MaxValue));
            setup.Fill();
            Assert.Equal((full.Directories, full.LeafTables), (setup.Table.GetStatistics().Directories, setup.Table.GetStatistics().LeafTables));
        }
    }

    private sealed class Setup : IDisposable
    {
        private readonly PageAllocator _pages = new();
        private readonly PageAllocator _batches;
        private RadixTableStatistics _filled;

        public Setup(ReclaimMode mode, bool refuseBatches, int batchThreshold = RadixTableOptions.DefaultBatchThreshold)
        {
            _batches = new PageAllocator(new PageAllocatorOptions { MaxBytes = refuseBatches ? 0 : long.MaxValue });
            Table = new RadixTable<ulong>(new RadixTableOptions
            {
                Allocator = _pages,
                BatchAllocator = _batches,
                Domain = Domain,
                Reclaim = mode,
                BatchThreshold = batchThreshold,
            });
            Fill();
        }

        public RcuDomain Domain { get; } = new();

        public RadixTable<ulong> Table { get; }

        /// <summary>Fills it; what <see cref="Since"/> tells begins here.</summary>
        public void Fill()
        {
            for (ulong key = 0; key < Entries; key++) Table[key] = key;
            Domain.Barrier();
            _filled = Table.GetStatistics();
            Assert.Equal((long)Entries / 512, _filled.LeafTables);
        }

        /// <summary>What has been counted since the table was filled.</summary>
        public RadixTableStatistics Since()
        {
            RadixTableStatistics now = Table.GetStatistics();
            return now with
            {
                ReclaimedPages = now.ReclaimedPages - _filled.ReclaimedPages,
                Replacements = now.Replacements - _filled.Replacements,
                Splits = now.Splits - _filled.Splits,
                Batches = now.Batches - _filled.Batches,
                BatchedNodes = now.BatchedNodes - _filled.BatchedNodes,
                Singles = now.Singles - _filled.Singles,
                BatchRefusals = now.BatchRefusals - _filled.BatchRefusals,
                SynchronousWaits = now.SynchronousWaits - _filled.SynchronousWaits,
                WaitsDeferred = now.WaitsDeferred - _filled.WaitsDeferred,
            };
        }

        public void RemoveOneByOne()
        {
            for (ulong key = 0; key < Entries; key++) Assert.True(Table.TryRemove(key, out _));
        }

        public RadixTableStatistics AtRest()
        {
            TreeCheck.AtRest(Table, Domain, _pages);
            return Since();
        }

        public void Dispose()
        {
            Table.Dispose();
            Assert.Equal(0, _pages.GetStatistics().LivePages);
            Assert.Equal(0, _batches.GetStatistics().LivePages);
            Domain.Dispose();
            _pages.Dispose();
            _batches.Dispose();
        }
    }
}
