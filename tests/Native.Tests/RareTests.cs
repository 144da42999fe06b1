using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;

namespace Alloc.Native.Tests;

/// <summary>What seldom happens: refusals of the system, mistakes that hide, handlers that throw, debuggers.</summary>
public unsafe class RareTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(256)]
    [InlineData(1280)]
    [InlineData(3072)]
    public void Where_the_system_refuses_everything_so_does_the_allocator_and_nothing_is_charged(int size)
    {
        bool refuses = true;
        using var allocator = new PageAllocator(new() { SystemRefuses = () => refuses });
        Assert.False(allocator.TryAllocateBlock(size, out byte* block));
        Assert.False(allocator.TryAllocateBlockUninitialized(size, out block));
        Assert.False(allocator.TryAllocateBlockDense(size, out block));
        Assert.True(block == null);
        Assert.False(allocator.TryAllocate(out _));
        Assert.False(allocator.TryReserve(1));
        Assert.False(allocator.TryAllocateReserved(out _));
        Assert.Equal(0, allocator.GetStatistics().ChargedBytes);
        refuses = false;
        Assert.True(allocator.TryAllocateBlock(size, out block));
        allocator.FreeBlock(block);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void The_reserve_is_zero_although_its_source_gives_no_zeroes()
    {
        using var allocator = new PageAllocator(new() { Source = PageSourceKind.AlignedAlloc, MaxBytes = 0 });
        Assert.True(allocator.TryReserve(2));
        var pages = new Page[4];
        // The last two are from the system, outside the limit.
        for (int i = 0; i < pages.Length; i++)
        {
            Assert.True(allocator.TryAllocateReserved(out pages[i]));
            Checks.IsZero(pages[i]);
            Checks.Soil(pages[i]);
        }
        foreach (Page page in pages)
            allocator.Free(page);
        Assert.True(allocator.TryAllocateReserved(out pages[0]));
        Checks.IsZero(pages[0]);
        allocator.Free(pages[0]);
        Checks.NothingOut(allocator);
    }

    /// <summary>Written after it was freed, a block no longer looks free; its page's books still know.</summary>
    [Fact]
    public void A_second_free_that_hides_behind_a_write_comes_to_light_when_the_block_goes_back_to_its_page()
    {
        foreach (int size in (int[])[256, 1280])
        {
            using var allocator = new PageAllocator(new() { TrimsWhenIdle = false });
            Assert.True(allocator.TryAllocateBlock(size, out byte* stays));
            Assert.True(allocator.TryAllocateBlock(size, out byte* twice));
            allocator.FreeMany([(nuint)twice]);
            *(ulong*)twice = 0;
            Assert.Throws<InvalidOperationException>(() => allocator.FreeMany([(nuint)twice]));
            Assert.Equal(1, allocator.GetStatistics().LiveBlocks);
            allocator.FreeBlock(stays);
            Checks.NothingOut(allocator);
        }
    }

    [Theory]
    [InlineData(48)]
    [InlineData(256)]
    [InlineData(3072)]
    public void The_same_through_the_caches_comes_to_light_in_trim(int size)
    {
        using var allocator = new PageAllocator(new() { TrimsWhenIdle = false });
        Assert.True(allocator.TryAllocateBlock(size, out byte* stays));
        Assert.True(allocator.TryAllocateBlock(size, out byte* twice));
        allocator.FreeBlock(twice);
        allocator.Trim();
        *(ulong*)twice = 0;
        allocator.FreeBlock(twice);
        Assert.Throws<InvalidOperationException>(allocator.Trim);
        Assert.Equal(1, allocator.GetStatistics().LiveBlocks);
        allocator.FreeBlock(stays);
        Checks.NothingOut(allocator);
        allocator.Trim();
    }

    [Fact]
    public void The_same_found_by_idle_trimming_ends_no_process_but_is_reported()
    {
        using var heard = new Listener();
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocateBlock(48, out byte* stays));
        Assert.True(allocator.TryAllocateBlock(48, out byte* twice));
        allocator.FreeBlock(twice);
        allocator.Trim();
        *(ulong*)twice = 0;
        allocator.FreeBlock(twice);
        // Ticks begin with free pages in plenty; the caches are emptied after some without traffic. A pause of this thread may spoil one turn.
        var pages = new Page[2_000];
        for (int turn = 0; turn < 20 && !heard.Has("freed twice"); turn++)
        {
            for (int i = 0; i < pages.Length; i++)
                Assert.True(allocator.TryAllocateUninitialized(out pages[i]));
            foreach (Page page in pages)
                allocator.Free(page);
            SpinWait.SpinUntil(() => heard.Has("freed twice"), TimeSpan.FromSeconds(6));
        }
        heard.WaitFor("freed twice");
        allocator.FreeBlock(stays);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_leak_handler_that_throws_in_the_finalizer_ends_no_process_but_is_reported()
    {
        using var heard = new Listener();
        Abandon();
        for (int i = 0; i < 50 && !heard.Has("the handler's own"); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        heard.WaitFor("the handler's own");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Abandon()
        {
            var allocator = new PageAllocator(new() { LeakHandler = _ => throw new NotSupportedException("the handler's own"), TrimsWhenIdle = false });
            Assert.True(allocator.TryAllocateBlock(64, out _));
        }
    }

    [Fact]
    public void The_finalizer_gives_back_an_allocator_of_which_nothing_is_out_and_stands_a_constructor_that_threw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PageAllocator(new() { MaxBytes = -1 }));
        var budget = new MemoryBudget(100 * Page.Size);
        Abandon(budget);
        Assert.NotEqual(0, budget.UsedBytes);
        for (int i = 0; i < 50 && budget.UsedBytes != 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(0, budget.UsedBytes);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Abandon(MemoryBudget budget)
        {
            var allocator = new PageAllocator(new() { Budget = budget, TrimsWhenIdle = false });
            Assert.True(allocator.TryAllocate(out Page page));
            allocator.Free(page);
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(320)]
    [InlineData(1792)]
    [InlineData(3072)]
    public void Dispose_reports_blocks_of_every_kind_of_page(int size)
    {
        AllocatorLeak? leak = null;
        var allocator = new PageAllocator(new() { LeakHandler = found => leak = found });
        var expected = new List<nint>();
        for (int i = 0; i < 10; i++)
        {
            Assert.True(allocator.TryAllocateBlock(size, out byte* block));
            *(long*)block = 100 + i;
            expected.Add((nint)block);
        }
        allocator.FreeBlock((byte*)expected[3]);
        allocator.Dispose();
        Assert.NotNull(leak);
        Assert.Equal(9, leak.Blocks);
        Assert.Equal(8, leak.First.Count); // so many are told
        Assert.All(leak.First, one => Assert.Equal(100ul + (ulong)expected.IndexOf(one.Address), one.FirstWord));
        Assert.All(leak.First, one => Assert.Equal(PageAllocator.BlockSize(size), one.Size));
    }

    [Theory]
    [InlineData(256, 1)]
    [InlineData(1280, 4)]
    public void A_dense_block_comes_from_the_fullest_page_that_has_room_and_only_blocks_of_empty_pages_are_sparse(int size, int pages)
    {
        using var allocator = new PageAllocator(new() { TrimsWhenIdle = false });
        // Dense ones fill page by page.
        var byPage = new List<List<nuint>>();
        while (byPage.Count < 4)
        {
            Assert.True(allocator.TryAllocateBlockDense(size, out byte* block));
            if (byPage.Count == 0 || PageOf((nuint)block) != PageOf(byPage[^1][0]))
                byPage.Add([]);
            byPage[^1].Add((nuint)block);
        }
        List<nuint> sparse = byPage[0], fullest = byPage[1], full = byPage[2];
        allocator.FreeMany([.. sparse[1..], .. fullest[..2]]);
        Assert.True(allocator.IsSparse((byte*)sparse[0]));
        Assert.False(allocator.IsSparse((byte*)full[0]));
        for (int i = 0; i < 2; i++)
        {
            Assert.True(allocator.TryAllocateBlockDense(size, out byte* block));
            Assert.Equal(PageOf(fullest[^1]), PageOf((nuint)block));
            fullest[i] = (nuint)block;
        }
        allocator.FreeMany([sparse[0], .. fullest, .. full, .. byPage[3]]);
        Checks.NothingOut(allocator);

        nuint PageOf(nuint block) => block / (nuint)(pages * Page.Size);
    }

    [Fact]
    public void A_handle_of_an_allocator_that_keeps_no_caches_serves_as_any_other()
    {
        using var allocator = new PageAllocator(new() { Hardening = Hardening.Poison });
        using PageCache first = allocator.CreateCache(), second = allocator.CreateCache();
        Assert.True(first.TryAllocateUninitialized(out Page page));
        Assert.True(second.TryAllocateBlockUninitialized(100, out byte* block));
        first.FreeBlock(block);
        second.Free(page);
        Assert.Throws<InvalidOperationException>(() => second.Free(page));
        Assert.Throws<InvalidOperationException>(() => first.FreeBlock(block));
        Checks.NothingOut(allocator);
    }

    /// <summary>Its cache is found again each time, by way of nobody's.</summary>
    [Fact]
    public void A_thread_that_goes_back_and_forth_between_allocators_keeps_one_cache_of_each()
    {
        using var one = new PageAllocator();
        using var other = new PageAllocator();
        for (int i = 0; i < 100; i++)
        {
            Assert.True(one.TryAllocateBlockUninitialized(64, out byte* block));
            Assert.True(other.TryAllocateBlock(64, out byte* second));
            Assert.True(one.TryAllocate(out Page page));
            Assert.True(other.TryAllocateUninitialized(out Page secondPage));
            one.FreeBlock(block);
            other.FreeBlock(second);
            one.FreeZeroed(page);
            other.Free(secondPage);
            Assert.Throws<InvalidOperationException>(() => one.FreeBlock(block));
            Assert.Throws<ArgumentException>(() => other.FreeBlock(block));
        }
        Assert.True(one.GetStatistics().CachedBytes <= 40 * Page.Size && other.GetStatistics().CachedBytes <= 40 * Page.Size);
        Checks.NothingOut(one);
        Checks.NothingOut(other);
    }

    [Fact]
    public void A_debugger_sees_what_is_out_and_of_a_disposed_allocator_nothing()
    {
        var allocator = new PageAllocator(new() { Name = "seen" });
        var view = new PageAllocatorDebugView(allocator);
        Assert.True(allocator.TryAllocate(out Page page));
        Assert.True(allocator.TryAllocateBlock(64, out byte* block));
        Assert.Contains("seen): 1 pages and 1 blocks out", allocator.DebuggerText);
        Assert.Equal(Page.Size + 64, view.Statistics.LiveBytes);
        Assert.False(view.IsDisposed);
        allocator.FreeBlock(block);
        allocator.Free(page);
        allocator.Dispose();
        Assert.EndsWith("(disposed)", allocator.DebuggerText);
        Assert.Equal(default, view.Statistics);
        Assert.True(view.IsDisposed);
    }

    /// <summary>What tools hear of the events.</summary>
    private sealed class Listener : EventListener
    {
        private readonly List<string> _heard = [];

        public bool Has(string text)
        {
            lock (_heard)
                return _heard.Exists(one => one.Contains(text, StringComparison.Ordinal));
        }

        public void WaitFor(string text) => Assert.True(SpinWait.SpinUntil(() => Has(text), TimeSpan.FromSeconds(10)), $"nobody said '{text}'");

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Alloc.Native")
                EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            // The base class' constructor may call this before _heard is there.
            if (_heard == null)
                return;
            lock (_heard)
                _heard.Add(string.Join(' ', eventData.Payload ?? new([])));
        }
    }
}
