using Alloc.Native;

namespace Alloc.Hostile.Tests.Misuse;

internal static unsafe class NativeUses
{
    private const string A = "PageAllocator.", C = "PageCache.", P = "Page.";

    public static IReadOnlyList<Use> All { get; } =
    [
        new Use(A + "ctor(PageAllocatorOptions)", _ => new PageAllocator().Dispose()).Always(),
        new Use(A + "get_Shared()", _ => Assert.NotNull(PageAllocator.Shared)).Always(),
        new Use(A + "BlockSize(Int32)", _ => Assert.Equal(3072, PageAllocator.BlockSize(3072))).Always(),
        new(A + "TryAllocate(Page)", s => Free(s, s.Pages.TryAllocate(out Page page), page)),
        new(A + "TryAllocateUninitialized(Page)", s => Free(s, s.Pages.TryAllocateUninitialized(out Page page), page)),
        new(A + "TryAllocateReserved(Page)", s => Free(s, s.Pages.TryAllocateReserved(out Page page), page)),
        new(A + "Free(Page)", s =>
        {
            s.Pages.Free(s.Page);
            s.Page = default;
        }),
        new(A + "FreeZeroed(Page)", s =>
        {
            s.Pages.FreeZeroed(s.Page);
            s.Page = default;
        }),
        new(A + "TryReserve(Int32)", s => Assert.True(s.Pages.TryReserve(3))),
        new(A + "TryAllocateBlock(Int32,Byte*)", s => FreeBlock(s, s.Pages.TryAllocateBlock(1, out byte* block), block)),
        new(A + "TryAllocateBlockUninitialized(Int32,Byte*)", s => FreeBlock(s, s.Pages.TryAllocateBlockUninitialized(3072, out byte* block), block)),
        new(A + "TryAllocateBlockDense(Int32,Byte*)", s => FreeBlock(s, s.Pages.TryAllocateBlockDense(64, out byte* block), block)),
        new(A + "FreeMany(ReadOnlySpan<UIntPtr>)", s =>
        {
            s.Pages.FreeMany([(nuint)s.Block]);
            s.Block = null;
        }),
        new(A + "FreeBlock(Byte*)", s =>
        {
            s.Pages.FreeBlock(s.Block);
            s.Block = null;
        }),
        new(A + "IsSparse(Byte*)", s => _ = s.Pages.IsSparse(s.Block)),
        new(A + "CreateCache()", s => s.Pages.CreateCache().Dispose()),
        new(A + "Lease(String)", s => s.Pages.Lease("a use").Dispose()),
        new(A + "Trim()", s => s.Pages.Trim()),
        new Use(A + "GetStatistics()", s => _ = s.Pages.GetStatistics()).Always(),
        new Use(A + "ToString()", s => Assert.NotEmpty(s.Pages.ToString())).Always(),
        new Use(A + "Dispose()", _ => new PageAllocator().Dispose()).Always(),
        new Use("AllocatorLease.get_Holder()", s => Assert.Equal("site", s.PageLease.Holder)).Always(),
        new Use("AllocatorLease.Dispose()", s => s.PageLease.Dispose()).Always(),
        new Use("MemoryBudget.ctor(Int64)", _ => Assert.Equal(0, new MemoryBudget(0).UsedBytes)).Always(),
        new Use("MemoryBudget.get_MaxBytes()", s => Assert.Equal(1 << 20, s.Budget.MaxBytes)).Always(),
        new Use("MemoryBudget.get_UsedBytes()", s => Assert.Equal(0, s.Budget.UsedBytes)).Always(),

        new(C + "TryAllocate(Page)", s => Free(s, s.Cache.TryAllocate(out Page page), page)),
        new(C + "TryAllocateUninitialized(Page)", s => Free(s, s.Cache.TryAllocateUninitialized(out Page page), page)),
        new(C + "Free(Page)", s =>
        {
            s.Cache.Free(s.Page);
            s.Page = default;
        }),
        new(C + "FreeZeroed(Page)", s =>
        {
            s.Cache.FreeZeroed(s.Page);
            s.Page = default;
        }),
        new(C + "TryAllocateBlock(Int32,Byte*)", s => FreeBlock(s, s.Cache.TryAllocateBlock(64, out byte* block), block)),
        new(C + "TryAllocateBlockUninitialized(Int32,Byte*)", s => FreeBlock(s, s.Cache.TryAllocateBlockUninitialized(64, out byte* block), block)),
        new(C + "FreeBlock(Byte*)", s =>
        {
            s.Cache.FreeBlock(s.Block);
            s.Block = null;
        }),
        new Use(C + "Dispose()", s => s.Cache.Dispose()).Always(),

        new Use(P + "get_Address()", _ => Assert.True(default(Page).Address == null)).Always(),
        new Use(P + "get_IsNull()", s => Assert.True(default(Page).IsNull && !s.Page.IsNull)).Always(),
        new Use(P + "get_Descriptor()", s => Assert.True(s.Page.Descriptor != null)).Always(),
        new Use(P + "FromAddress(Void*)", s => Assert.Equal(s.Page, Page.FromAddress(s.Page.Address + Page.Size - 1))).Always(),
        new Use(P + "AsSpan()", _ => Assert.True(default(Page).AsSpan().IsEmpty)).Always(),
        new Use(P + "Equals(Page)", s => Assert.False(s.Page.Equals(default))).Always(),
        new Use(P + "Equals(Object)", s => Assert.False(s.Page.Equals("a page"))).Always(),
        new Use(P + "GetHashCode()", s => Assert.Equal(Page.FromAddress(s.Page.Address).GetHashCode(), s.Page.GetHashCode())).Always(),
        new Use(P + "ToString()", _ => Assert.Equal("0x0", default(Page).ToString())).Always(),
        new Use(P + "op_Equality(Page,Page)", s => Assert.False(s.Page == default)).Always(),
        new Use(P + "op_Inequality(Page,Page)", s => Assert.True(s.Page != default)).Always(),
        new Use("PageDescriptor.get_Page()", s => Assert.Equal(s.Page, PageDescriptor.Of(s.Page.Address)->Page)).Always(),
        new Use("PageDescriptor.Of(Void*)", s => Assert.True(PageDescriptor.Of(s.Page.Address + 5) == s.Page.Descriptor)).Always(),
    ];

    private static void Free(Site site, bool taken, Page page)
    {
        Assert.True(taken);
        site.Pages.Free(page);
    }

    private static void FreeBlock(Site site, bool taken, byte* block)
    {
        Assert.True(taken);
        site.Pages.FreeBlock(block);
    }
}
