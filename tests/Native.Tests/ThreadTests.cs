using System.Collections.Concurrent;

namespace Alloc.Native.Tests;

public unsafe class ThreadTests
{
    [Fact]
    public void Pages_freed_by_one_thread_flow_back_to_the_one_that_allocates()
    {
        using var allocator = new PageAllocator();
        using var pipe = new BlockingCollection<nint>(2000);
        int pages = TestScale.Of(200_000);
        Checks.InParallel(2, thread =>
        {
            for (int i = 0; i < pages; i++)
            {
                if (thread == 0)
                {
                    Assert.True(allocator.TryAllocateUninitialized(out Page page));
                    pipe.Add((nint)page.Address);
                }
                else
                {
                    allocator.Free(Page.FromAddress((void*)pipe.Take()));
                }
            }
        });
        // 2,000 in the pipe, 512 in the depot, two caches, and what is committed ahead.
        Assert.InRange(allocator.GetStatistics().CommittedBytes, 0, 4000 * Page.Size);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Many_short_threads_leave_bounded_memory()
    {
        using var allocator = new PageAllocator();
        int threads = TestScale.Of(100_000);
        for (int done = 0; done < threads;)
        {
            int batch = Math.Min(8, threads - done);
            Checks.InParallel(batch, i =>
            {
                Span<nint> pages = stackalloc nint[20];
                for (int p = 0; p < pages.Length; p++)
                {
                    Assert.True(allocator.TryAllocateUninitialized(out Page page));
                    pages[p] = (nint)page.Address;
                }
                foreach (nint page in pages)
                    allocator.Free(Page.FromAddress((void*)page));
            });
            done += batch;
        }
        Assert.InRange(allocator.GetStatistics().CommittedBytes, 0, 16 << 20);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_cache_that_was_forgotten_is_emptied_by_its_finalizer()
    {
        using var allocator = new PageAllocator(new() { TrimsWhenIdle = false });
        Forget(allocator);
        for (int i = 0; i < 50 && allocator.GetStatistics().CachedBytes != 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(0, allocator.GetStatistics().CachedBytes);
        Checks.NothingOut(allocator);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget(PageAllocator allocator)
        {
            PageCache cache = allocator.CreateCache();
            Assert.True(cache.TryAllocate(out Page page));
            cache.Free(page);
            Assert.NotEqual(0, allocator.GetStatistics().CachedBytes);
            GC.KeepAlive(cache); // other tests collect, too
        }
    }

    [Fact]
    public void A_cache_may_change_hands_and_free_what_others_took()
    {
        using var allocator = new PageAllocator();
        using PageCache cache = allocator.CreateCache();
        for (int round = 0; round < 20; round++)
        {
            var pages = new Page[100];
            for (int i = 0; i < pages.Length; i++)
                Assert.True(i % 2 == 0 ? cache.TryAllocate(out pages[i]) : allocator.TryAllocate(out pages[i]));
            Checks.InParallel(1, _ =>
            {
                foreach (Page page in pages)
                    cache.Free(page);
            });
        }
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_budget_holds_while_threads_of_two_allocators_compete()
    {
        var budget = new MemoryBudget(200 * Page.Size);
        using var first = new PageAllocator(new() { Budget = budget });
        using var second = new PageAllocator(new() { Budget = budget });
        long live = 0;
        Checks.InParallel(4, thread =>
        {
            PageAllocator mine = thread % 2 == 0 ? first : second;
            var pages = new Stack<Page>();
            var random = new Random(thread);
            for (int i = 0; i < TestScale.Of(20_000); i++)
            {
                if (random.Next(5) < 3 && mine.TryAllocateUninitialized(out Page page))
                {
                    Assert.InRange(Interlocked.Increment(ref live), 1, 200);
                    pages.Push(page);
                }
                else if (pages.Count > 0)
                {
                    Interlocked.Decrement(ref live);
                    mine.Free(pages.Pop());
                }
            }
            while (pages.Count > 0)
            {
                Interlocked.Decrement(ref live);
                mine.Free(pages.Pop());
            }
        });
        Assert.InRange(budget.UsedBytes, 0, budget.MaxBytes);
        Checks.NothingOut(first);
        Checks.NothingOut(second);
        first.Trim();
        second.Trim();
        Assert.Equal(0, budget.UsedBytes);
    }

    [Fact]
    public void Finalizers_may_allocate_and_free()
    {
        using var allocator = new PageAllocator();
        int finalized = 0;
        Make(allocator, () => Interlocked.Increment(ref finalized));
        for (int i = 0; i < 50 && Volatile.Read(ref finalized) < 100; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(100, finalized);
        Checks.NothingOut(allocator);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Make(PageAllocator allocator, Action done)
        {
            for (int i = 0; i < 100; i++)
                _ = new Holder(allocator, done);
        }
    }

    private sealed class Holder(PageAllocator allocator, Action done)
    {
        private readonly Page _page = allocator.TryAllocate(out Page page) ? page : default;

        ~Holder()
        {
            allocator.Free(_page);
            if (allocator.TryAllocateBlock(100, out byte* block))
                allocator.FreeBlock(block);
            done();
        }
    }
}
