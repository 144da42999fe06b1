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
