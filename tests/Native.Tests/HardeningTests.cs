namespace Alloc.Native.Tests;

public unsafe class HardeningTests
{
    [Theory]
    [InlineData(Hardening.Poison)]
    [InlineData(Hardening.Guard)]
    [InlineData(Hardening.Poison | Hardening.Guard | Hardening.TrackOwners)]
    public void A_hardened_allocator_serves_as_any_other(Hardening mode)
    {
        using var allocator = new PageAllocator(new() { Hardening = mode, QuarantineLength = 20, MaxBytes = 200 * Page.Size });
        for (int round = 0; round < 3; round++)
        {
            var pages = new List<Page>();
            while (allocator.TryAllocate(out Page page))
            {
                Checks.IsZero(page);
                Checks.Soil(page);
                pages.Add(page);
            }
            Assert.Equal(200, pages.Count);
            pages.ForEach(allocator.Free);
            Assert.Throws<InvalidOperationException>(() => allocator.Free(pages[^1]));
            Checks.NothingOut(allocator);
            var blocks = new List<nint>();
            while (allocator.TryAllocateBlock(100, out byte* block))
            {
                Assert.False(new Span<byte>(block, 128).ContainsAnyExcept((byte)0));
                new Span<byte>(block, 128).Fill(0x77);
                blocks.Add((nint)block);
            }
            Assert.Equal(200 * 32, blocks.Count);
            blocks.ForEach(block => allocator.FreeBlock((byte*)block));
            Assert.Throws<InvalidOperationException>(() => allocator.FreeBlock((byte*)blocks[^1]));
            Checks.NothingOut(allocator);
        }
        allocator.Trim();
        Assert.Equal(0, allocator.GetStatistics().ReservedBytes);
    }

    [Fact]
    public void A_write_into_a_freed_page_is_found()
    {
        var allocator = new PageAllocator(new() { Hardening = Hardening.Poison, QuarantineLength = 4 });
        Assert.True(allocator.TryAllocate(out Page page));
        allocator.Free(page);
        Assert.Equal(Quarantine.Pattern, *(ulong*)(page.Address + 800));
        page.Address[801] = 1;
        var found = Assert.Throws<InvalidOperationException>(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                Assert.True(allocator.TryAllocate(out Page other));
                allocator.Free(other);
            }
        });
        Assert.Contains("offset 800", found.Message);
        allocator.Trim();
        Checks.NothingOut(allocator);
        allocator.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void A_write_into_a_freed_block_is_found_by_trim(int offset)
    {
        using var allocator = new PageAllocator(new() { Hardening = Hardening.Poison });
        Assert.True(allocator.TryAllocateBlock(64, out byte* block));
        allocator.FreeBlock(block);
        block[offset] ^= 0xff;
        var found = Assert.Throws<InvalidOperationException>(allocator.Trim);
        Assert.Contains($"offset {offset}", found.Message);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Of_two_threads_that_free_the_same_page_at_once_one_is_refused()
    {
        using var allocator = new PageAllocator(new() { Hardening = Hardening.Poison, QuarantineLength = 10 });
        using var together = new Barrier(2);
        Page page = default;
        int refused = 0;
        int rounds = TestScale.Of(2000);
        Checks.InParallel(2, thread =>
        {
            for (int i = 0; i < rounds; i++)
            {
                if (thread == 0)
                    Assert.True(allocator.TryAllocate(out page));
                together.SignalAndWait();
                try
                {
                    allocator.Free(page);
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref refused);
                }
                together.SignalAndWait();
            }
        });
        Assert.Equal(rounds, refused);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_read_of_a_guarded_page_ends_the_process()
    {
        ChildProgram.Expect(ChildProgram.Survived, "read-live");
        int code = ChildProgram.Run("read-guarded");
        Assert.NotEqual(64, code);
        Assert.NotEqual(ChildProgram.Survived, code);
        Assert.NotEqual(ChildProgram.Caught, code);
    }

    [Fact]
    public void Following_the_poison_as_a_pointer_cannot_be_caught_as_a_null_reference()
    {
        int code = ChildProgram.Run("follow-poison");
        Assert.NotEqual(64, code);
        Assert.NotEqual(ChildProgram.Survived, code);
        Assert.NotEqual(ChildProgram.Caught, code);
    }

    [Fact]
    public void Dispose_reports_what_was_never_freed_and_who_took_it()
    {
        AllocatorLeak? leak = null;
        var allocator = new PageAllocator(new() { Hardening = Hardening.TrackOwners, Name = "leaky", LeakHandler = found => leak = found });
        TakeAndForget(allocator);
        allocator.Dispose();
        Assert.NotNull(leak);
        Assert.Equal(2, leak.Pages);
        Assert.Equal(1, leak.Blocks);
        Assert.Equal((2 * Page.Size) + 128, leak.Bytes);
        Assert.Equal(3, leak.First.Count);
        Assert.Contains("leaky", leak.ToString());
        Assert.All(leak.First, one => Assert.Contains(nameof(TakeAndForget), one.AllocatedBy));
        Assert.Contains(leak.First, one => one.FirstWord == 4711 && one.Size == Page.Size);
        Assert.Contains(leak.First, one => one.FirstWord == 4712 && one.Size == 128);
    }

    [Fact]
    public void Dispose_reports_nothing_when_all_was_freed()
    {
        bool told = false;
        using (var allocator = new PageAllocator(new() { LeakHandler = _ => told = true }))
        {
            Assert.True(allocator.TryAllocate(out Page page));
            Assert.True(allocator.TryAllocateBlock(30, out byte* block));
            allocator.FreeBlock(block);
            allocator.Free(page);
        }
        Assert.False(told);
    }

    [Fact]
    public void The_finalizer_reports_and_leaves_live_pages_alone()
    {
        AllocatorLeak? leak = null;
        nint address = Abandon(found => leak = found);
        for (int i = 0; i < 50 && Volatile.Read(ref leak) == null; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.NotNull(leak);
        Assert.Equal(1, leak.Pages);
        Assert.Equal(99, *(byte*)address);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static nint Abandon(Action<AllocatorLeak> handler)
        {
            var allocator = new PageAllocator(new() { LeakHandler = handler, TrimsWhenIdle = false });
            Assert.True(allocator.TryAllocate(out Page page));
            page.Address[0] = 99;
            return (nint)page.Address;
        }
    }

    [Fact]
    public void The_garbage_collector_hears_of_chunks_only_if_asked()
    {
        Assert.Equal(0, ChildProgram.Run("pressure False"));
        Assert.NotEqual(0, ChildProgram.Run("pressure True"));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void TakeAndForget(PageAllocator allocator)
    {
        Assert.True(allocator.TryAllocate(out Page page));
        page.Descriptor->Word0 = 4711;
        Assert.True(allocator.TryAllocateUninitialized(out _));
        Assert.True(allocator.TryAllocateBlock(100, out byte* block));
        *(ulong*)block = 4712;
    }
}
