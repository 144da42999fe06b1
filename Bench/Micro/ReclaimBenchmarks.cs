using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>The seed's step, map 512 pages and drop them as a range, in each mode of reclaim; with batch pages and with all of them refused.</summary>
[BenchmarkCategory("PageTable", "Reclaim")]
public class ReclaimBenchmarks
{
    private const ulong FirstPage = 0x7f00_0000_0000 >> 12;
    private const int PagesPerStep = 512;
    private PageAllocator _allocator = null!;
    private PageAllocator _noBatches = null!;
    private RcuDomain _domain = null!;
    private RadixTable<ulong> _table = null!;
    private ulong _step;

    /// <summary>How emptied tables go back.</summary>
    [Params(ReclaimMode.None, ReclaimMode.Rcu, ReclaimMode.SemiRcu)]
    public ReclaimMode Mode { get; set; }

    /// <summary>Whether every batch page is refused.</summary>
    [Params(false, true)]
    public bool NoBatches { get; set; }

    /// <summary>An empty table in that mode.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _allocator = new PageAllocator();
        _noBatches = new PageAllocator(new PageAllocatorOptions { MaxBytes = 0 });
        _domain = new RcuDomain();
        var options = new RadixTableOptions { Allocator = _allocator, Domain = _domain, Reclaim = Mode };
        if (NoBatches)
        {
            options.BatchAllocator = _noBatches;
            options.BatchThreshold = 1;
        }

        _table = new RadixTable<ulong>(options);
    }

    /// <summary>Throws if a page is still out.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _table.Dispose();
        _domain.Dispose();
        _allocator.Dispose();
        _noBatches.Dispose();
    }

    /// <summary>512 inserts and one removal; time of the whole step.</summary>
    [Benchmark]
    public long MapAndDrop()
    {
        // A thousand places in turn, so that None does not grow for ever.
        var first = FirstPage + (_step++ % 1000 * PagesPerStep);
        for (ulong i = 0; i < PagesPerStep; i++)
        {
            _table[first + i] = i;
        }

        return _table.RemoveRange(first, first + PagesPerStep - 1);
    }
}
