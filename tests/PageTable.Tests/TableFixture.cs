using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>A table with an allocator and a domain of its own; at the end every page, block and head must be back.</summary>
internal sealed class TableFixture<TValue> : IDisposable where TValue : unmanaged
{
    public TableFixture(ReclaimMode mode = ReclaimMode.Rcu, long maxBytes = long.MaxValue, int batchThreshold = RadixTableOptions.DefaultBatchThreshold)
    {
        Allocator = new PageAllocator(new PageAllocatorOptions { MaxBytes = maxBytes, Hardening = Enum.Parse<Hardening>(TestMemory.Hardening) });
        Domain = new RcuDomain();
        Table = new RadixTable<TValue>(new RadixTableOptions { Allocator = Allocator, Domain = Domain, Reclaim = mode, BatchThreshold = batchThreshold });
    }

    public PageAllocator Allocator { get; }

    public RcuDomain Domain { get; }

    public RadixTable<TValue> Table { get; }

    /// <summary>After all that was retired has been freed.</summary>
    public RadixTableStatistics StatisticsAtRest()
    {
        Domain.Barrier();
        return Table.GetStatistics();
    }

    public void Dispose()
    {
        Table.Dispose();
        Assert.Equal(0, Domain.GetStatistics().FailedCallbacks); // a page freed twice would throw there
        PageAllocatorStatistics left = Allocator.GetStatistics();
        Assert.Equal(0, left.LivePages);
        Assert.Equal(0, left.LiveBlocks);
        Domain.Dispose();
        Allocator.Dispose();
    }
}
