namespace Alloc.Native.Tests;

public unsafe class LimitTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(1000)]
    public void A_limit_gives_exactly_its_pages(int limit)
    {
        using var allocator = new PageAllocator(new() { MaxBytes = ((long)limit * Page.Size) + 100 });
        for (int round = 0; round < 3; round++)
        {
            var pages = new List<Page>();
            while (allocator.TryAllocate(out Page page))
                pages.Add(page);
            Assert.Equal(limit, pages.Count);
            Assert.False(allocator.TryAllocateUninitialized(out _));
            if (limit == 0)
                Assert.False(allocator.TryAllocateBlock(16, out _));
            Assert.NotEqual(0, allocator.GetStatistics().Refusals);
            pages.ForEach(allocator.Free);
        }
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Pages_in_other_threads_caches_are_not_lost_to_the_limit()
    {
        using var allocator = new PageAllocator(new() { MaxBytes = 100 * Page.Size });
        using var done = new ManualResetEventSlim();
        using var cached = new CountdownEvent(3);
        Thread[] holders = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            var mine = new List<Page>();
            for (int i = 0; i < 30; i++)
            {
                if (allocator.TryAllocate(out Page page))
                    mine.Add(page);
            }
            mine.ForEach(allocator.Free);
            cached.Signal();
            done.Wait();
        }))];
        foreach (Thread holder in holders)
            holder.Start();
        Assert.True(cached.Wait(Checks.Watchdog));
        Assert.NotEqual(0, allocator.GetStatistics().CachedBytes);
        var pages = new List<Page>();
        while (allocator.TryAllocate(out Page page))
            pages.Add(page);
        Assert.Equal(100, pages.Count);
        pages.ForEach(allocator.Free);
        done.Set();
        foreach (Thread holder in holders)
            Assert.True(holder.Join(Checks.Watchdog));
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_budget_is_shared_to_the_last_page()
    {
        var budget = new MemoryBudget(50 * Page.Size);
        using var first = new PageAllocator(new() { Budget = budget });
        using var second = new PageAllocator(new() { Budget = budget, MaxBytes = 40 * Page.Size });
        var pages = new List<Page>();
        while (second.TryAllocate(out Page page))
            pages.Add(page);
        Assert.Equal(40, pages.Count);
        pages.ForEach(second.Free);
        var others = new List<Page>();
        while (first.TryAllocate(out Page page))
            others.Add(page);
        Assert.Equal(50, others.Count);
        Assert.Equal(50 * Page.Size, budget.UsedBytes);
        Assert.False(second.TryAllocate(out _));
        others.ForEach(first.Free);
        first.Trim();
        second.Trim();
        Assert.Equal(0, budget.UsedBytes);
        Checks.NothingOut(first);
        Checks.NothingOut(second);
    }

    [Fact]
    public void An_option_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PageAllocator(new() { MaxBytes = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryBudget(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PageAllocator(new() { Source = (PageSourceKind)9 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PageAllocator(new() { HugePages = (HugePageUse)9 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PageAllocator(new() { Hardening = (Hardening)256 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PageAllocator(new() { QuarantineLength = -1 }));
    }

    [Fact]
    public void The_reserve_serves_where_the_limit_refuses_and_fills_again()
    {
        using var allocator = new PageAllocator(new() { MaxBytes = 0 });
        Assert.True(allocator.TryReserve(3));
        Assert.Equal(3, allocator.GetStatistics().ReservedPages);
        var pages = new List<Page>();
        for (int i = 0; i < 5; i++)
        {
            Assert.True(allocator.TryAllocateReserved(out Page page));
            Checks.IsZero(page);
            Checks.Soil(page);
            pages.Add(page);
        }
        Assert.Equal(0, allocator.GetStatistics().ReservedPages);
        Assert.Equal(5, allocator.GetStatistics().LivePages);
        pages.ForEach(allocator.Free);
        Assert.Equal(3, allocator.GetStatistics().ReservedPages);
        Assert.Throws<InvalidOperationException>(() => allocator.Free(pages[0]));
        Assert.True(allocator.TryAllocateReserved(out Page again));
        Checks.IsZero(again);
        allocator.FreeZeroed(again);
        Checks.NothingOut(allocator);
        Assert.Throws<ArgumentOutOfRangeException>(() => allocator.TryReserve(-1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_kth_request_can_be_made_to_fail_and_the_rest_succeeds(int k)
    {
        using var allocator = new PageAllocator(new() { FailEvery = k });
        int refused = 0;
        for (int i = 1; i <= 60; i++)
        {
            if (i % 2 == 0)
            {
                if (allocator.TryAllocate(out Page page))
                    allocator.Free(page);
                else
                    refused++;
            }
            else if (allocator.TryAllocateBlock(64, out byte* block))
            {
                allocator.FreeBlock(block);
            }
            else
            {
                refused++;
            }
        }
        Assert.Equal(60 / k, refused);
        Assert.Equal(60 / k, allocator.GetStatistics().Refusals);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void No_operation_allocates_managed_memory_refusals_included()
    {
        var budget = new MemoryBudget(300 * Page.Size);
        using var allocator = new PageAllocator(new() { MaxBytes = 400 * Page.Size, Budget = budget, TrimsWhenIdle = false });
        using var other = new PageAllocator(new() { Budget = budget, TrimsWhenIdle = false });
        var pages = new Page[400];
        Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Round();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Checks.NothingOut(allocator);
        Checks.NothingOut(other);

        void Round()
        {
            if (other.TryAllocate(out Page theirs))
                other.Free(theirs);
            int count = 0;
            while (allocator.TryAllocate(out Page page))
                pages[count++] = page;
            while (--count >= 0)
                allocator.Free(pages[count]);
            for (int size = 1; size <= 3072; size += 37)
            {
                if (allocator.TryAllocateBlock(size, out byte* block))
                    allocator.FreeBlock(block);
            }
        }
    }

    [Theory]
    [InlineData(HugePageUse.Never)]
    [InlineData(HugePageUse.Always)]
    public void When_the_system_refuses_nothing_is_lost_and_it_goes_on_afterwards(HugePageUse huge)
    {
        var random = new Random(5);
        bool never = false;
        using var allocator = new PageAllocator(new()
        {
            HugePages = huge,
            TrimsWhenIdle = false,
            SystemRefuses = () => never || random.Next(3) != 0,
        });
        Assert.True(Retry(() => allocator.TryReserve(2)));
        var pages = new List<Page>();
        var blocks = new List<nint>();
        int refused = 0;
        for (int i = 0; i < 4000; i++)
        {
            if (i % 4 == 3)
            {
                if (allocator.TryAllocateBlock(3000, out byte* block))
                    blocks.Add((nint)block);
                else
                    refused++;
            }
            else if (allocator.TryAllocate(out Page page))
            {
                Checks.IsZero(page);
                Checks.Soil(page);
                pages.Add(page);
            }
            else
            {
                refused++;
            }
        }
        Assert.NotEqual(0, refused);
        Assert.Equal(refused, allocator.GetStatistics().Refusals);
        Assert.True(allocator.GetStatistics().SystemRefusals >= refused);
        Assert.Equal(pages.Count, allocator.GetStatistics().LivePages);
        Assert.Equal(blocks.Count, allocator.GetStatistics().LiveBlocks);

        // Nothing at all any more: what lies in caches and chunks is still given out, then the reserve.
        never = true;
        int reserved = 0;
        while (allocator.TryAllocateReserved(out Page page))
        {
            Checks.IsZero(page);
            pages.Add(page);
            reserved++;
        }
        Assert.True(reserved >= 2);
        Assert.Equal(0, allocator.GetStatistics().ReservedPages);
        pages.ForEach(allocator.Free);
        blocks.ForEach(block => allocator.FreeBlock((byte*)block));
        Checks.NothingOut(allocator);
        allocator.Trim();
        Assert.Equal(2, allocator.GetStatistics().ReservedPages);

        static bool Retry(Func<bool> attempt)
        {
            for (int i = 0; i < 200; i++)
            {
                if (attempt())
                    return true;
            }
            return false;
        }
    }

    [Fact]
    public void A_reserve_beyond_all_memory_is_refused_and_what_was_given_stays()
    {
        int chunks = 0;
        using var allocator = new PageAllocator(new() { SystemRefuses = () => ++chunks > 20 });
        Assert.False(allocator.TryReserve(int.MaxValue));
        Assert.InRange(allocator.GetStatistics().ReservedPages, 1, 20 * Chunk.UsablePages);
        Assert.True(allocator.TryAllocateReserved(out Page page));
        Checks.IsZero(page);
        allocator.Free(page);
        Checks.NothingOut(allocator);
    }
}
