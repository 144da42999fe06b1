using Alloc.Native;
using CsCheck;

namespace Alloc.Hostile.Tests.Fuzz;

/// <summary>Random sequences of takes and frees of pages and blocks, against a list of what is out: each keeps what was written, none is handed out twice.</summary>
public unsafe class AllocatorFuzz
{
    private sealed record Out(nint Address, int Size, ulong Mark, bool IsPage);

    public static TheoryData<string> Names => [.. Options.Keys];

    private static readonly Dictionary<string, Func<PageAllocatorOptions>> Options = new()
    {
        ["no limit"] = () => new(),
        ["40 pages"] = () => new() { MaxBytes = 40 * Page.Size },
        ["one page"] = () => new() { MaxBytes = Page.Size },
        ["nothing"] = () => new() { MaxBytes = 0 },
        ["poison"] = () => new() { Hardening = Hardening.Poison, QuarantineLength = 5 },
        ["guard"] = () => new() { Hardening = Hardening.Guard, QuarantineLength = 5 },
        ["aligned allocation"] = () => new() { Source = PageSourceKind.AlignedAlloc },
        ["a shared budget"] = () => new() { Budget = new MemoryBudget(30 * Page.Size) },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Random_operations_keep_pages_and_blocks_apart_with(string options)
    {
        Gen.Select(Gen.Int[0, 11], Gen.Int[1, 4096]).Array[0, 300].Sample(ops =>
        {
            PageAllocatorOptions chosen = Options[options]();
            using var allocator = new PageAllocator(chosen);
            using PageCache cache = allocator.CreateCache();
            var live = new List<Out>();
            ulong marks = 0;
            bool reserves = false;
            foreach ((int kind, int number) in ops)
            {
                switch (kind)
                {
                    case 0 or 1 or 2 or 3:
                        bool zeroed = kind is 0 or 2;
                        bool taken = kind switch
                        {
                            0 => allocator.TryAllocate(out Page page) && Add(live, page.Address, Page.Size, ++marks, zeroed, true),
                            1 => allocator.TryAllocateUninitialized(out Page page) && Add(live, page.Address, Page.Size, ++marks, zeroed, true),
                            2 => cache.TryAllocate(out Page page) && Add(live, page.Address, Page.Size, ++marks, zeroed, true),
                            _ => cache.TryAllocateUninitialized(out Page page) && Add(live, page.Address, Page.Size, ++marks, zeroed, true),
                        };
                        Assert.True(taken || chosen.MaxBytes < long.MaxValue || chosen.Budget is not null, "refused without a limit");
                        break;
                    case 4 or 5 or 6:
                        int size = number % 3072 + 1;
                        if (kind == 4 && allocator.TryAllocateBlock(size, out byte* block)) Add(live, block, size, ++marks, true, false);
                        if (kind == 5 && cache.TryAllocateBlockUninitialized(size, out block)) Add(live, block, size, ++marks, false, false);
                        if (kind == 6 && allocator.TryAllocateBlockDense(size, out block)) Add(live, block, size, ++marks, true, false);
                        break;
                    case 7 or 8 or 9 when live.Count > 0:
                        Free(allocator, cache, live, number % live.Count, throughCache: kind == 7, zero: kind == 8);
                        break;
                    case 10:
                        if (number % 4 == 0) allocator.Trim();
                        break;
                    case 11:
                        reserves |= allocator.TryReserve(number % 5);
                        if (allocator.TryAllocateReserved(out Page reserved)) Add(live, reserved.Address, Page.Size, ++marks, true, true);
                        break;
                }
                PageAllocatorStatistics s = allocator.GetStatistics();
                Assert.Equal((live.Count(o => o.IsPage), live.Count(o => !o.IsPage)), ((int)s.LivePages, (int)s.LiveBlocks));
                Assert.True(s.ChargedBytes <= chosen.MaxBytes, "more is charged than the limit allows");
            }
            while (live.Count > 0) Free(allocator, cache, live, live.Count - 1, throughCache: false, zero: false);
            allocator.Trim();
            Assert.Equal((0L, 0L), (allocator.GetStatistics().LivePages, allocator.GetStatistics().LiveBlocks));
            Assert.True(chosen.Budget is null || reserves || chosen.Budget.UsedBytes == 0 || allocator.GetStatistics().CachedBytes == chosen.Budget.UsedBytes);
        }, iter: TestScale.Of(60), threads: 1);
    }

    private static bool Add(List<Out> live, byte* address, int size, ulong mark, bool zeroed, bool isPage)
    {
        Assert.DoesNotContain(live, o => (nint)address < o.Address + o.Size && o.Address < (nint)address + size);
        var bytes = new Span<byte>(address, size);
        if (zeroed) Assert.False(bytes.ContainsAnyExcept((byte)0), "what should come zeroed does not");
        if (isPage) Assert.Equal(0UL, PageDescriptor.Of(address)->Word0 | PageDescriptor.Of(address)->Word1 | PageDescriptor.Of(address)->Word2 | PageDescriptor.Of(address)->Word3 | PageDescriptor.Of(address)->Word4);
        else if (size >= 64) Assert.Equal(0, (nint)address % 64);
        bytes.Fill((byte)(mark % 255 + 1));
        if (isPage) PageDescriptor.Of(address)->Word3 = mark;
        live.Add(new Out((nint)address, size, mark, isPage));
        return true;
    }

    private static void Free(PageAllocator allocator, PageCache cache, List<Out> live, int index, bool throughCache, bool zero)
    {
        Out gone = live[index];
        live.RemoveAt(index);
        var bytes = new Span<byte>((void*)gone.Address, gone.Size);
        Assert.False(bytes.ContainsAnyExcept((byte)(gone.Mark % 255 + 1)), "somebody else wrote into what was out");
        if (!gone.IsPage)
        {
            if (throughCache) cache.FreeBlock((byte*)gone.Address);
            else allocator.FreeBlock((byte*)gone.Address);
            return;
        }
        Page page = Page.FromAddress((void*)gone.Address);
        Assert.Equal(gone.Mark, page.Descriptor->Word3);
        if (zero) bytes.Clear();
        if (zero && throughCache) cache.FreeZeroed(page);
        else if (zero) allocator.FreeZeroed(page);
        else if (throughCache) cache.Free(page);
        else allocator.Free(page);
    }
}
