using System.Runtime.InteropServices;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Misuse;

/// <summary>Arguments that no caller should pass: the exception that the docs name, and nothing has changed.</summary>
public unsafe class BadArgumentTests
{
    /// <summary>Zero, one, the ends of leaf tables and of the shifts of directories, and the last keys.</summary>
    internal static readonly ulong[] Boundaries =
    [
        0, 1, 511, 512, 513, .. Enumerable.Range(2, 6).SelectMany(i => new[] { (1UL << (9 * i)) - 1, 1UL << (9 * i), (1UL << (9 * i)) + 1 }),
        ulong.MaxValue - 512, ulong.MaxValue - 511, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private static readonly Dictionary<string, (Type Exception, Action<Site> Call)> Cases = new()
    {
        ["RemoveRange: first after last"] = (typeof(ArgumentOutOfRangeException), s => s.Table.RemoveRange(4, 3)),
        ["RemoveRange: the last key first"] = (typeof(ArgumentOutOfRangeException), s => s.Table.RemoveRange(ulong.MaxValue, 0)),
        ["EnumerateRange: first after last"] = (typeof(ArgumentOutOfRangeException), s => s.Table.EnumerateRange(ulong.MaxValue, ulong.MaxValue - 1)),
        ["Trim: no node"] = (typeof(ArgumentOutOfRangeException), s => s.Table.Trim(0)),
        ["Trim: fewer than none"] = (typeof(ArgumentOutOfRangeException), s => s.Table.Trim(long.MinValue)),
        ["indexer: a key that is not there"] = (typeof(KeyNotFoundException), s => _ = s.Table[Site.Key]),
        ["GetOrAdd: no factory"] = (typeof(ArgumentNullException), s => s.Table.GetOrAdd(Site.Key, null!)),
        ["GetOrAdd with an argument: no factory"] = (typeof(ArgumentNullException), s => s.Table.GetOrAdd<int>(Site.Key, null!, 1)),
        ["GetOrAdd: no factory, and the key is there"] = (typeof(ArgumentNullException), s => s.Table.GetOrAdd(3, null!)),
        ["AddOrUpdate: no factory"] = (typeof(ArgumentNullException), s => s.Table.AddOrUpdate(Site.Key, 1, null!)),
        ["AddOrUpdate: no factory to add"] = (typeof(ArgumentNullException), s => s.Table.AddOrUpdate(Site.Key, null!, (_, v) => v)),
        ["AddOrUpdate: no factory to update"] = (typeof(ArgumentNullException), s => s.Table.AddOrUpdate(Site.Key, k => k, null!)),
        ["AddOrUpdate with an argument: no factory to add"] = (typeof(ArgumentNullException), s => s.Table.AddOrUpdate<int>(Site.Key, null!, (_, v, _) => v, 1)),
        ["AddOrUpdate with an argument: no factory to update"] = (typeof(ArgumentNullException), s => s.Table.AddOrUpdate<int>(Site.Key, (k, _) => k, null!, 1)),
        ["GetOrAdd: a factory that throws"] = (typeof(InvalidTimeZoneException), s => s.Table.GetOrAdd(Site.Key, _ => throw new InvalidTimeZoneException("thrown by a factory"))),
        ["AddOrUpdate: a factory that throws"] = (typeof(InvalidTimeZoneException), s => s.Table.AddOrUpdate(3, 1, (_, _) => throw new InvalidTimeZoneException("thrown by a factory"))),
        ["TryGetValue: a default section"] = (typeof(ArgumentException), s =>
        {
            ReadSection section = default;
            s.Table.TryGetValue(in section, 3, out _);
        }
        ),
        ["TryGetValue: another domain's section"] = (typeof(ArgumentException), s =>
        {
            using ReadSection section = s.Other.Domain.Enter();
            s.Table.TryGetValue(in section, 3, out _);
        }
        ),
        ["TryGetValue: a section that has ended"] = (typeof(ArgumentException), s =>
        {
            ReadSection section = s.Domain.Enter();
            section.Dispose();
            s.Table.TryGetValue(in section, 3, out _);
        }
        ),
        ["RadixTable: a value larger than a page"] = (typeof(NotSupportedException), _ => new RadixTable<Huge>()),
        ["RadixTable: a disposed domain"] = (typeof(ObjectDisposedException), _ =>
        {
            var domain = new RcuDomain();
            domain.Dispose();
            new RadixTable<int>(new RadixTableOptions { Domain = domain }).Dispose();
        }
        ),
        ["RadixTable: a disposed allocator"] = (typeof(ObjectDisposedException), _ =>
        {
            var pages = new PageAllocator();
            pages.Dispose();
            new RadixTable<int>(new RadixTableOptions { Allocator = pages }).Dispose();
        }
        ),
        ["RadixTable: a disposed batch allocator"] = (typeof(ObjectDisposedException), s =>
        {
            var pages = new PageAllocator();
            pages.Dispose();
            new RadixTable<int>(new RadixTableOptions { Allocator = s.Pages, BatchAllocator = pages, Domain = s.Domain }).Dispose();
        }
        ),

        ["Defer: no head"] = (typeof(ArgumentNullException), s => s.Domain.Defer((RcuHead*)null, Site.Count)),
        ["Defer: no callback"] = (typeof(ArgumentNullException), s => s.Domain.Defer(s.NewHead(), (delegate*<RcuHead*, void>)null)),
        ["Defer with a context: no callback"] = (typeof(ArgumentNullException), s => s.Domain.Defer(s.NewHead(), (RcuCallback*)null)),
        ["Defer with a context: no function"] = (typeof(ArgumentNullException), s =>
        {
            RcuCallback none = default;
            s.Domain.Defer(s.NewHead(), &none);
        }
        ),
        ["TryDefer: no head"] = (typeof(ArgumentNullException), s => s.Domain.TryDefer(null, Site.Count)),
        ["TryDefer: no callback"] = (typeof(ArgumentNullException), s => s.Domain.TryDefer(s.NewHead(), null)),
        ["Defer of a reader: no head"] = (typeof(ArgumentNullException), s => s.Reader.Defer(null, Site.Count)),
        ["Defer of a reader: no callback"] = (typeof(ArgumentNullException), s => s.Reader.Defer(s.NewHead(), null)),
        ["Defer of an action: none"] = (typeof(ArgumentNullException), s => s.Domain.Defer(null!, null)),
        ["TryDefer of an action: none"] = (typeof(ArgumentNullException), s => s.Domain.TryDefer(null!, null)),
        ["Defer: a head that is queued"] = (typeof(InvalidOperationException), s =>
        {
            using ReadSection section = s.Domain.Enter();
            RcuHead* head = s.NewHead();
            s.Domain.Defer(head, Site.Count);
            s.Domain.Defer(head, Site.Count);
        }
        ),
        ["Defer: a head that is not zero"] = (typeof(InvalidOperationException), s =>
        {
            RcuHead* head = s.NewHead();
            new Span<byte>(head, sizeof(RcuHead)).Fill(0x5A);
            s.Domain.Defer(head, Site.Count);
        }
        ),
        ["WaitForCapacity: negative"] = (typeof(ArgumentOutOfRangeException), _ =>
        {
            using var domain = new RcuDomain();
            domain.WaitForCapacity(-1);
        }
        ),
        ["Lease of a domain: no holder"] = (typeof(ArgumentNullException), s => s.Domain.Lease(null!)),
        ["Wait: another domain's token"] = (typeof(ArgumentException), s => s.Other.Domain.Wait(s.Token)),
        ["WaitAsync: another domain's token"] = (typeof(ArgumentException), s => s.Other.Domain.WaitAsync(s.Token)),
        ["HasElapsed: another domain's token"] = (typeof(ArgumentException), s => s.Other.Domain.HasElapsed(s.Token)),
        ["Dispose of a domain under a table"] = (typeof(InvalidOperationException), s => s.Domain.Dispose()),
        ["Dispose of the default domain"] = (typeof(InvalidOperationException), _ => RcuDomain.Default.Dispose()),

        ["Free: a null page"] = (typeof(ArgumentException), s => s.Pages.Free(default)),
        ["FreeZeroed: a null page"] = (typeof(ArgumentException), s => s.Pages.FreeZeroed(default)),
        ["Free by a cache: a null page"] = (typeof(ArgumentException), s => s.Cache.Free(default)),
        ["FreeZeroed by a cache: a null page"] = (typeof(ArgumentException), s => s.Cache.FreeZeroed(default)),
        ["Free: another allocator's page"] = (typeof(ArgumentException), s => s.Other.Pages.Free(s.Page)),
        ["Free: no allocator's page"] = (typeof(ArgumentException), s => s.Pages.Free(Page.FromAddress((void*)(16UL << 40)))),
        ["Free: the managed heap"] = (typeof(ArgumentException), s =>
        {
            fixed (byte* bytes = new byte[16]) s.Pages.Free(Page.FromAddress(bytes));
        }
        ),
        ["Free: a page of blocks"] = (typeof(ArgumentException), s => s.Pages.Free(Page.FromAddress(s.Block))),
        ["Free: a page that is free"] = (typeof(InvalidOperationException), s =>
        {
            Page page = s.Page;
            s.Page = default;
            s.Pages.Free(page);
            s.Pages.Free(page);
        }
        ),
        ["Free: the descriptors of a chunk"] = (typeof(InvalidOperationException), s => s.Pages.Free(Page.FromAddress(s.Page.Descriptor))),
        ["FreeBlock: null"] = (typeof(ArgumentException), s => s.Pages.FreeBlock(null)),
        ["FreeBlock: the middle of a block"] = (typeof(ArgumentException), s => s.Pages.FreeBlock(s.Block + 16)),
        ["FreeBlock: a page"] = (typeof(ArgumentException), s => s.Pages.FreeBlock(s.Page.Address)),
        ["FreeBlock: another allocator's"] = (typeof(ArgumentException), s => s.Other.Pages.FreeBlock(s.Block)),
        ["FreeBlock: nobody's"] = (typeof(ArgumentException), s => s.Pages.FreeBlock((byte*)(16UL << 40))),
        ["FreeBlock: a block that is free"] = (typeof(InvalidOperationException), s =>
        {
            byte* block = s.Block;
            s.Block = null;
            s.Pages.FreeBlock(block);
            s.Pages.FreeBlock(block);
        }
        ),
        ["FreeBlock by a cache: null"] = (typeof(ArgumentException), s => s.Cache.FreeBlock(null)),
        ["IsSparse: null"] = (typeof(ArgumentException), s => s.Pages.IsSparse(null)),
        ["IsSparse: a page"] = (typeof(ArgumentException), s => s.Pages.IsSparse(s.Page.Address)),
        ["TryReserve: negative"] = (typeof(ArgumentOutOfRangeException), s => s.Pages.TryReserve(-1)),
        ["Lease of an allocator: no holder"] = (typeof(ArgumentNullException), s => s.Pages.Lease(null!)),
        ["Lease of an allocator: an empty holder"] = (typeof(ArgumentException), s => s.Pages.Lease("")),
        ["Dispose of an allocator under a table"] = (typeof(InvalidOperationException), s => s.Pages.Dispose()),
        ["Dispose of the shared allocator"] = (typeof(InvalidOperationException), _ => PageAllocator.Shared.Dispose()),
        ["MemoryBudget: negative"] = (typeof(ArgumentOutOfRangeException), _ => new MemoryBudget(-1)),
    };

    [StructLayout(LayoutKind.Sequential, Size = 4073)]
    private readonly struct Huge;

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_throws_and_nothing_is_lost(string name)
    {
        var site = new Site();
        (Type expected, Action<Site> call) = Cases[name];
        Exception? thrown = Record.Exception(() => call(site));
        Assert.True(thrown?.GetType() == expected && thrown.Message.Length > 10, $"should throw {expected.Name}, and {(thrown is null ? "does not throw" : "throws " + thrown)}");
        site.Check();
        site.Dispose();
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(3073)]
    [InlineData(4096)]
    [InlineData(int.MaxValue)]
    public void A_size_that_no_block_has_is_refused_by_every_way_to_take_one(int size)
    {
        var site = new Site();
        Action[] calls =
        [
            () => PageAllocator.BlockSize(size), () => site.Pages.TryAllocateBlock(size, out _), () => site.Pages.TryAllocateBlockUninitialized(size, out _),
            () => site.Pages.TryAllocateBlockDense(size, out _), () => site.Cache.TryAllocateBlock(size, out _), () => site.Cache.TryAllocateBlockUninitialized(size, out _),
        ];
        foreach (Action call in calls) Assert.Throws<ArgumentOutOfRangeException>(call);
        site.Check();
        site.Dispose();
    }

    [Fact]
    public void Every_key_is_a_key_and_every_range_of_them_a_range()
    {
        using var pages = new PageAllocator();
        using var domain = new RcuDomain();
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain });
        var oracle = new SortedDictionary<ulong, ulong>();
        foreach (ulong key in Boundaries)
        {
            Assert.False(table.ContainsKey(key));
            Assert.False(table.TryRemove(key, out _));
            Assert.False(table.TryUpdate(key, 1, 0));
            Assert.True(table.TryAdd(key, ~key));
            Assert.False(table.TryAdd(key, 0));
            oracle.Add(key, ~key);
            Assert.Equal(oracle, table);
        }
        foreach (ulong first in Boundaries)
        {
            foreach (ulong last in Boundaries.Where(last => last >= first))
            {
                Assert.Equal(oracle.Where(e => e.Key >= first && e.Key <= last), table.EnumerateRange(first, last));
                Assert.Equal(oracle.Keys.Count(key => key >= first && key <= last), table.RemoveRange(first, last));
                foreach (var (key, value) in oracle.Where(e => e.Key >= first && e.Key <= last)) Assert.True(table.TryAdd(key, value));
            }
        }
        Assert.Equal(oracle, table);
        table.Clear();
        domain.Barrier();
        Assert.Equal(0, pages.GetStatistics().LivePages);
    }
}
