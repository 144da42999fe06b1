namespace Alloc.Native.Tests;

public unsafe class LifetimeTests
{
    [Fact]
    public void Dispose_is_refused_while_a_lease_is_out_and_changes_nothing()
    {
        var allocator = new PageAllocator();
        AllocatorLease first = allocator.Lease("table of routes"), second = allocator.Lease("table of names");
        var refusal = Assert.Throws<InvalidOperationException>(allocator.Dispose);
        Assert.Contains("table of routes", refusal.Message);
        Assert.Contains("table of names", refusal.Message);
        Assert.True(allocator.TryAllocate(out Page page));
        allocator.Free(page);
        first.Dispose();
        first.Dispose();
        Assert.Throws<InvalidOperationException>(allocator.Dispose);
        second.Dispose();
        allocator.Dispose();
        allocator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => allocator.Lease("late"));
    }

    [Fact]
    public void A_disposed_allocator_says_so()
    {
        var allocator = new PageAllocator();
        PageCache cache = allocator.CreateCache();
        Assert.True(allocator.TryAllocate(out Page page));
        Assert.True(allocator.TryAllocateBlock(64, out byte* block));
        allocator.FreeBlock(block);
        allocator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => allocator.TryAllocate(out _));
        Assert.Throws<ObjectDisposedException>(() => allocator.TryAllocateUninitialized(out _));
        Assert.Throws<ObjectDisposedException>(() => allocator.Free(page));
        Assert.Throws<ObjectDisposedException>(() => allocator.TryAllocateBlock(64, out _));
        Assert.Throws<ObjectDisposedException>(() => allocator.FreeBlock(block));
        Assert.Throws<ObjectDisposedException>(() => allocator.TryReserve(1));
        Assert.Throws<ObjectDisposedException>(() => allocator.TryAllocateReserved(out _));
        Assert.Throws<ObjectDisposedException>(() => cache.TryAllocate(out _));
        Assert.Throws<ObjectDisposedException>(allocator.Trim);
        Assert.Throws<ObjectDisposedException>(allocator.CreateCache);
        cache.Dispose();
        Assert.Equal(0, allocator.GetStatistics().ReservedBytes);
    }

    [Fact]
    public void The_shared_allocator_cannot_be_disposed()
    {
        Assert.Throws<InvalidOperationException>(PageAllocator.Shared.Dispose);
        Assert.True(PageAllocator.Shared.TryAllocate(out Page page));
        PageAllocator.Shared.Free(page);
    }

    [Fact]
    public void A_lease_wants_a_name()
    {
        using var allocator = new PageAllocator();
        Assert.Throws<ArgumentNullException>(() => allocator.Lease(null!));
        Assert.Throws<ArgumentException>(() => allocator.Lease(""));
    }

    [Fact]
    public void Dispose_while_other_threads_keep_cached_pages_ends_their_caches()
    {
        for (int round = 0; round < TestScale.Of(20); round++)
        {
            var allocator = new PageAllocator();
            using var go = new ManualResetEventSlim();
            int ended = 0;
            Thread[] users = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                try
                {
                    while (true)
                    {
                        if (allocator.TryAllocateUninitialized(out Page page) && allocator.GetStatistics().LivePages > 1000)
                            allocator.Free(page);
                        go.Set();
                    }
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref ended);
                }
            }))];
            foreach (Thread user in users)
                user.Start();
            go.Wait();
            allocator.Dispose();
            foreach (Thread user in users)
                Assert.True(user.Join(Checks.Watchdog));
            Assert.Equal(3, ended);
        }
    }

    [Fact]
    public void Trim_returns_every_chunk_when_nothing_is_out()
    {
        using var allocator = new PageAllocator();
        var pages = new Page[3000];
        for (int i = 0; i < pages.Length; i++)
        {
            Assert.True(allocator.TryAllocate(out pages[i]));
            Checks.Soil(pages[i]);
        }
        long peak = allocator.GetStatistics().CommittedBytes;
        Assert.True(peak >= 3000 * Page.Size);
        foreach (Page page in pages)
            allocator.Free(page);
        allocator.Trim();
        PageAllocatorStatistics statistics = allocator.GetStatistics();
        Assert.Equal(0, statistics.ReservedBytes);
        Assert.Equal(0, statistics.CommittedBytes);
        Assert.Equal(0, statistics.CachedBytes);
        Assert.NotEqual(0, statistics.ReturnedBytes);
        Assert.True(allocator.TryAllocate(out Page again));
        Checks.IsZero(again);
        allocator.Free(again);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Trim_returns_the_pages_between_live_ones_and_they_come_back_zero()
    {
        using var allocator = new PageAllocator();
        var pages = new Page[2000];
        for (int i = 0; i < pages.Length; i++)
        {
            Assert.True(allocator.TryAllocate(out pages[i]));
            Checks.Soil(pages[i]);
        }
        for (int i = 0; i < pages.Length; i++)
        {
            if (i % 10 != 0)
                allocator.Free(pages[i]);
        }
        allocator.Trim();
        PageAllocatorStatistics statistics = allocator.GetStatistics();
        Assert.Equal(200, statistics.LivePages);
        Assert.Equal((200 * Page.Size) + (statistics.Chunks * Chunk.HeadSize), statistics.CommittedBytes);
        for (int i = 0; i < pages.Length; i++)
        {
            if (i % 10 == 0)
                Assert.Equal(0xa5, pages[i].Address[17]);
            else
                Assert.True(allocator.TryAllocate(out pages[i]));
            if (i % 10 != 0)
                Checks.IsZero(pages[i]);
        }
        foreach (Page page in pages)
            allocator.Free(page);
        Checks.NothingOut(allocator);
    }
}
