using Alloc.Native;
using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Rcu;
using Alloc.Tests;

namespace Alloc.Torture.Scenarios;

/// <summary>A table with an allocator and a domain of its own; at the end every word is looked at and everything must be back.</summary>
internal sealed class World<TValue> : IDisposable where TValue : unmanaged
{
    private readonly Arena _arena;

    public World(Arena arena, PageTable.ReclaimMode mode = PageTable.ReclaimMode.Rcu, long maxBytes = long.MaxValue, bool refuseBatches = false)
    {
        _arena = arena;
        Pages = new PageAllocator(new PageAllocatorOptions { MaxBytes = maxBytes, Source = Memory.Source, Hardening = Enum.Parse<Hardening>(TestMemory.Hardening) });
        Batches = new PageAllocator(new PageAllocatorOptions { MaxBytes = refuseBatches ? 0 : long.MaxValue, Source = Memory.Source });
        Table = new RadixTable<TValue>(new RadixTableOptions { Allocator = Pages, BatchAllocator = Batches, Domain = Domain, Reclaim = mode });
    }

    public PageAllocator Pages { get; }

    public PageAllocator Batches { get; }

    public RcuDomain Domain { get; } = new(new RcuDomainOptions { StallTimeout = TimeSpan.FromSeconds(60) });

    public RadixTable<TValue> Table { get; }

    /// <summary>Checks the tree with nobody at work, counts what happened, and empties it.</summary>
    public void Finish()
    {
        TreeCheck.AtRest(Table, Domain, Pages);
        RadixTableStatistics s = Table.GetStatistics();
        _arena.Count("replacements", s.Replacements);
        _arena.Count("lost swings", s.LostSwings);
        _arena.Count("helps", s.Helps);
        _arena.Count("splits", s.Splits);
        _arena.Count("reclaimed pages", s.ReclaimedPages);
        _arena.Count("batches", s.Batches);
        _arena.Count("singles", s.Singles);
        _arena.Count("waits", s.SynchronousWaits);
        _arena.Count("left standing", s.EmptiedLeftStanding);
        Table.Trim();
        TreeCheck.AtRest(Table, Domain, Pages, trimmed: true);
        Assert.Equal(Table.Count, Table.RemoveRange(0, ulong.MaxValue));
        TreeCheck.AtRest(Table, Domain, Pages, trimmed: true);
        Dispose();
    }

    public void Dispose()
    {
        Table.Dispose();
        Assert.Equal(0, Domain.GetStatistics().FailedCallbacks); // a page freed twice would throw there
        Assert.Equal(0, Pages.GetStatistics().LivePages);
        Assert.Equal(0, Pages.GetStatistics().LiveBlocks);
        Assert.Equal(0, Batches.GetStatistics().LivePages);
        Domain.Dispose();
        Pages.Dispose();
        Batches.Dispose();
    }
}

/// <summary>Where the scenarios' pages come from.</summary>
internal static class Memory
{
    /// <summary>The system's mappings, or blocks of the C library, which memory checkers know.</summary>
    public static PageSourceKind Source { get; set; } = PageSourceKind.SystemMapping;
}
