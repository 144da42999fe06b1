namespace Alloc.Native.Tests;

public unsafe class PageTests
{
    public static TheoryData<PageSourceKind> Sources => [PageSourceKind.SystemMapping, PageSourceKind.AlignedAlloc];

    [Theory, MemberData(nameof(Sources))]
    public void Every_page_is_zero_whatever_it_was_before(PageSourceKind source)
    {
        using var allocator = new PageAllocator(new() { Source = source });
        for (int round = 0; round < 3; round++)
        {
            var pages = new Page[1200];
            for (int i = 0; i < pages.Length; i++)
            {
                Assert.True(allocator.TryAllocate(out pages[i]));
                Checks.IsZero(pages[i]);
                Checks.Soil(pages[i]);
            }
            for (int i = 0; i < pages.Length; i++)
            {
                if (i % 3 == 0)
                {
                    pages[i].AsSpan().Clear();
                    allocator.FreeZeroed(pages[i]);
                }
                else
                {
                    allocator.Free(pages[i]);
                }
            }
            if (round == 1)
                allocator.Trim();
        }
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void An_uninitialised_page_has_zero_owner_words_too()
    {
        using var allocator = new PageAllocator();
        for (int i = 0; i < 200; i++)
        {
            Assert.True(allocator.TryAllocateUninitialized(out Page page));
            Checks.OwnerWordsAreZero(page);
            Checks.Soil(page);
            allocator.Free(page);
        }
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_page_freed_as_zero_is_not_cleared_again()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocate(out Page page));
        long cleared = allocator.GetStatistics().ClearedHits;
        for (int i = 0; i < 100; i++)
        {
            allocator.FreeZeroed(page);
            Assert.True(allocator.TryAllocate(out page));
        }
        Assert.Equal(cleared, allocator.GetStatistics().ClearedHits);
        allocator.Free(page);
        Assert.True(allocator.TryAllocate(out page));
        for (int i = 0; i < 64 && allocator.GetStatistics().ClearedHits == cleared; i++)
        {
            allocator.Free(page);
            Assert.True(allocator.TryAllocate(out page));
        }
        allocator.Free(page);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void No_page_is_handed_out_twice()
    {
        using var allocator = new PageAllocator();
        var seen = new HashSet<nint>();
        var pages = new List<Page>();
        for (int i = 0; i < 5000; i++)
        {
            Assert.True(i % 2 == 0 ? allocator.TryAllocate(out Page page) : allocator.TryAllocateUninitialized(out page));
            Assert.True(seen.Add((nint)page.Address));
            pages.Add(page);
        }
        Assert.Equal(5000, allocator.GetStatistics().LivePages);
        pages.ForEach(allocator.Free);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_double_free_is_refused_and_loses_nothing()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocate(out Page page));
        allocator.Free(page);
        Assert.Throws<InvalidOperationException>(() => allocator.Free(page));
        Assert.Throws<InvalidOperationException>(() => allocator.FreeZeroed(page));
        allocator.GetStatistics();
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_foreign_page_is_refused()
    {
        using var allocator = new PageAllocator();
        using var other = new PageAllocator();
        Assert.True(other.TryAllocate(out Page foreign));
        Assert.Throws<ArgumentException>(() => allocator.Free(foreign));
        Assert.Throws<ArgumentException>(() => allocator.Free(default));
        Assert.Throws<ArgumentException>(() => allocator.Free(Page.FromAddress((void*)0x7000_0000_0000)));
        Assert.Throws<ArgumentException>(() => allocator.Free(Page.FromAddress((void*)ulong.MaxValue)));
        void* heap = System.Runtime.InteropServices.NativeMemory.Alloc(64);
        Assert.Throws<ArgumentException>(() => allocator.Free(Page.FromAddress(heap)));
        System.Runtime.InteropServices.NativeMemory.Free(heap);
        Assert.True(other.TryAllocateBlock(100, out byte* block));
        Assert.Throws<ArgumentException>(() => other.Free(Page.FromAddress(block)));
        other.FreeBlock(block);
        other.Free(foreign);
        Checks.NothingOut(allocator);
        Checks.NothingOut(other);
    }

    [Fact]
    public void The_head_of_a_chunk_cannot_be_freed()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocate(out Page page));
        Page head = Page.FromAddress((void*)((nuint)page.Address & ~(nuint)(Chunk.Size - 1)));
        Assert.Throws<InvalidOperationException>(() => allocator.Free(head));
        allocator.Free(page);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Two_allocators_on_one_thread_keep_apart()
    {
        using var first = new PageAllocator();
        using var second = new PageAllocator();
        for (int i = 0; i < 200; i++)
        {
            Assert.True(first.TryAllocate(out Page a));
            Assert.True(second.TryAllocate(out Page b));
            first.Free(a);
            second.FreeZeroed(b);
        }
        Checks.NothingOut(first);
        Checks.NothingOut(second);
    }

    [Fact]
    public void An_allocator_of_one_page_commits_little()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocate(out Page page));
        PageAllocatorStatistics statistics = allocator.GetStatistics();
        Assert.Equal(Page.Size + Chunk.HeadSize, statistics.CommittedBytes);
        Assert.Equal(Page.Size, statistics.LiveBytes);
        Assert.Equal(Chunk.Size, statistics.ReservedBytes);
        allocator.Free(page);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void An_explicit_cache_gives_back_what_it_keeps_and_goes_on_without()
    {
        using var allocator = new PageAllocator();
        PageCache cache = allocator.CreateCache();
        Assert.True(cache.TryAllocate(out Page page));
        Checks.IsZero(page);
        cache.Free(page);
        Assert.True(cache.TryAllocateUninitialized(out page));
        cache.FreeZeroed(Cleared(page));
        Assert.True(cache.TryAllocateBlock(100, out byte* block));
        cache.FreeBlock(block);
        Assert.NotEqual(0, allocator.GetStatistics().CachedBytes);
        cache.Dispose();
        cache.Dispose();
        Assert.Equal(0, allocator.GetStatistics().CachedBytes);
        Assert.True(cache.TryAllocate(out page));
        cache.Free(page);
        Assert.True(cache.TryAllocateBlock(100, out block));
        cache.FreeBlock(block);
        Checks.NothingOut(allocator);

        static Page Cleared(Page page)
        {
            page.AsSpan().Clear();
            return page;
        }
    }
}
