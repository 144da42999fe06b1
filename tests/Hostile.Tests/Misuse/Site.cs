using System.Runtime.InteropServices;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Misuse;

/// <summary>A table, its domain and its allocator with something in them, and a look at them afterwards: whatever was done wrong, nothing may be lost.</summary>
internal sealed unsafe class Site : IDisposable
{
    /// <summary>The key that calls may do with what they like.</summary>
    public const ulong Key = 77;

    /// <summary>These stay, each with itself plus one as its value.</summary>
    public static readonly ulong[] Permanent = [0, 3, 511, 512, 1UL << 40, 1UL << 63, ulong.MaxValue];

    private readonly List<nint> _heads = [];
    private readonly GCHandle _self;

    public Site()
    {
        _self = GCHandle.Alloc(this);
        Table = new RadixTable<ulong>(new RadixTableOptions { Allocator = Pages, Domain = Domain });
        foreach (ulong key in Permanent) Table[key] = key + 1;
        Reader = Domain.Register();
        Cache = Pages.CreateCache();
        Assert.True(Pages.TryAllocate(out Page page));
        Page = page;
        Assert.True(Pages.TryAllocateBlock(100, out byte* block));
        Block = block;
        Budget = new MemoryBudget(1 << 20);
        Token = Domain.GetToken();
        Callback = (RcuCallback*)NativeMemory.Alloc((nuint)sizeof(RcuCallback));
        *Callback = new RcuCallback(&CountCallOf, GCHandle.ToIntPtr(_self));
        PageLease = Other.Pages.Lease("site");
        DomainLease = Other.Domain.Lease("site");
    }

    public PageAllocator Pages { get; } = new();

    public RcuDomain Domain { get; } = new();

    public RadixTable<ulong> Table { get; }

    public RcuReader Reader { get; }

    public PageCache Cache { get; }

    /// <summary>A live page of <see cref="Pages"/>; default once it was freed.</summary>
    public Page Page { get; set; }

    /// <summary>A live block of <see cref="Pages"/>; null once it was freed.</summary>
    public byte* Block { get; set; }

    public MemoryBudget Budget { get; }

    public GracePeriodToken Token { get; set; }

    public AllocatorLease PageLease { get; }

    public DomainLease DomainLease { get; }

    /// <summary>A second allocator and domain, for what belongs elsewhere. Inline, so that its callbacks run on the thread that waits in its barrier, never on a watcher.</summary>
    public (PageAllocator Pages, RcuDomain Domain) Other { get; } = (new PageAllocator(), new RcuDomain(new RcuDomainOptions { Mode = ReclaimerMode.Inline }));

    /// <summary>Whether the table's keys are gone, as they should be.</summary>
    public bool Emptied { get; set; }

    public int Called;

    /// <summary>A zeroed head that lives as long as the site.</summary>
    public RcuHead* NewHead()
    {
        // Behind the head a handle, so that the callback finds the site.
        var memory = (byte*)NativeMemory.AllocZeroed(32);
        *(nint*)(memory + sizeof(RcuHead)) = GCHandle.ToIntPtr(GCHandle.Alloc(this));
        lock (_heads) _heads.Add((nint)memory);
        return (RcuHead*)memory;
    }

    /// <summary>The same call with this site as its context. Never freed: members are called after the site was disposed, too.</summary>
    public RcuCallback* Callback { get; }

    private static void CountCallOf(RcuHead* head, nint site, nuint bytes) => Interlocked.Increment(ref ((Site)GCHandle.FromIntPtr(site).Target!).Called);

    public static delegate*<RcuHead*, void> Count => &CountCall;

    private static void CountCall(RcuHead* head)
    {
        var handle = GCHandle.FromIntPtr(*(nint*)((byte*)head + sizeof(RcuHead)));
        Interlocked.Increment(ref ((Site)handle.Target!).Called);
    }

    /// <summary>Everything works as before and nothing is lost.</summary>
    public void Check()
    {
        Assert.False(Domain.IsInSection);
        if (!Emptied)
        {
            foreach (ulong key in Permanent) Assert.Equal(key + 1, Table[key]);
            Assert.Equal(Permanent, Table.Select(e => e.Key).Where(key => key != Key));
        }
        Assert.Equal(Table.Count, Table.LongCount());
        Table[5] = 6;
        Assert.True(Table.TryRemove(5, out ulong six) && six == 6);
        using (Reader.Enter()) Assert.True(Reader.IsInSection);
        int before = Volatile.Read(ref Called);
        Domain.Defer(NewHead(), Count);
        Domain.Barrier();
        Assert.True(Volatile.Read(ref Called) > before);
        Assert.Equal(0, Domain.GetStatistics().PendingCount);
        Assert.True(Pages.TryAllocate(out Page page));
        Assert.False(page.AsSpan().ContainsAnyExcept((byte)0));
        Pages.Free(page);
    }

    public void Dispose()
    {
        Table.Dispose();
        Domain.Dispose(); // runs what is deferred
        if (!Page.IsNull) Pages.Free(Page);
        if (Block != null) Pages.FreeBlock(Block);
        Assert.Equal((0L, 0L), (Pages.GetStatistics().LivePages, Pages.GetStatistics().LiveBlocks));
        Pages.Dispose();
        ReleaseOthers();
    }

    /// <summary>What is left when the site's own objects were disposed.</summary>
    public void ReleaseOthers()
    {
        PageLease.Dispose();
        DomainLease.Dispose();
        Other.Domain.Dispose();
        Assert.Equal(0, Other.Pages.GetStatistics().LivePages);
        Other.Pages.Dispose();
        foreach (nint head in _heads)
        {
            GCHandle.FromIntPtr(*(nint*)((byte*)head + sizeof(RcuHead))).Free();
            NativeMemory.Free((void*)head);
        }
        _heads.Clear();
        _self.Free();
    }
}
