using Alloc.Rcu;

namespace Alloc.Tests;

public unsafe class DeferTests
{
    [Theory]
    [InlineData(ReclaimerMode.Background)]
    [InlineData(ReclaimerMode.Inline)]
    public void Barrier_returns_after_all_callbacks_deferred_before_it(ReclaimerMode mode)
    {
        using var domain = new RcuDomain(new() { Mode = mode });
        using var heads = new NativeHeads();
        foreach (int count in (int[])[1, 63, 64, 65, 1000])
        {
            for (int i = 0; i < count; i++) domain.Defer(heads.New(), NativeHeads.Callback, 100);
            domain.Barrier();
            Assert.Equal(0, heads.Outstanding);
        }
        var statistics = domain.GetStatistics();
        Assert.Equal((0, 0), (statistics.PendingCount, statistics.PendingBytes));
        Assert.Equal(1193, statistics.Callbacks);
    }

    [Fact]
    public void Nothing_is_called_back_while_a_section_from_before_is_open()
    {
        using var domain = new RcuDomain(new() { AssistCount = 1 });
        using var heads = new NativeHeads();
        using (new ParkedReader(domain))
        {
            for (int i = 0; i < 10_000; i++) domain.Defer(heads.New(), NativeHeads.Callback, 4096);
            Thread.Sleep(50);
            Assert.Equal(10_000, heads.Outstanding);
            var statistics = domain.GetStatistics();
            Assert.Equal(10_000, statistics.PendingCount);
            Assert.Equal(10_000L * 4096, statistics.PendingBytes);
        }
        Watchdog.Until(() => heads.Outstanding == 0, "callbacks by the background thread");
    }

    [Fact]
    public void One_head_of_an_idle_thread_is_called_back_without_further_ado()
    {
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        domain.Defer(heads.New(), NativeHeads.Callback);
        Watchdog.Until(() => heads.Outstanding == 0, "the single head");
    }

    [Fact]
    public void A_watcher_that_went_to_sleep_wakes_for_the_next_head_and_one_that_ended_is_replaced()
    {
        using var domain = new RcuDomain(new() { PollInterval = TimeSpan.FromMilliseconds(1), IdleThreadLifetime = TimeSpan.FromMilliseconds(50) });
        using var heads = new NativeHeads();
        for (int round = 0; round < 3; round++)
        {
            domain.Defer(heads.New(), NativeHeads.Callback);
            Watchdog.Until(() => heads.Outstanding == 0, "a head");
            Thread.Sleep(60 * (round + 1));
            domain.Defer(heads.New(), NativeHeads.Callback);
            Watchdog.Until(() => heads.Outstanding == 0, "a head");
            Watchdog.Until(() => !domain.Watcher.IsRunning, "the end of the idle thread");
        }
    }

    [Fact]
    public void Managed_callbacks_get_their_state_and_may_defer_again()
    {
        using var domain = new RcuDomain();
        var seen = new List<object?>();
        domain.Defer(state =>
        {
            lock (seen) seen.Add(state);
            domain.Defer(again => { lock (seen) seen.Add(again); }, "second");
        }, "first");
        domain.Barrier();
        domain.Barrier();
        Assert.Equal(["first", "second"], seen);
    }

    [Fact]
    public void Managed_defer_allocates_nothing_when_warm()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, MaxPooledActions = 1024 });
        Action<object?> callback = static _ => { };
        for (int i = 0; i < 5; i++) Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++) Round();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512);

        void Round()
        {
            for (int i = 0; i < 500; i++) domain.Defer(callback, null);
            domain.Barrier();
        }
    }

    [Fact]
    public void Intrusive_defer_and_sections_allocate_nothing()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline });
        using var heads = new NativeHeads();
        using var reader = domain.Register();
        Round();
        Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++) Round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round()
        {
            for (int i = 0; i < 500; i++)
            {
                using (reader.Enter())
                using (domain.Enter())
                    reader.Defer(heads.New(), NativeHeads.Callback, 64);
            }
            domain.Barrier();
        }
    }

    [Fact]
    public void A_callback_that_throws_is_reported_and_the_others_run()
    {
        using var domain = new RcuDomain();
        var failures = new List<Exception>();
        domain.CallbackFailed += (_, e) => { lock (failures) failures.Add(e.Exception); };
        domain.CallbackFailed += (_, _) => throw new InvalidOperationException("a handler that throws");
        int ran = 0;
        for (int i = 0; i < 10; i++)
        {
            int n = i;
            domain.Defer(_ => { if (n == 4) throw new FormatException("four"); Interlocked.Increment(ref ran); }, null);
        }
        domain.Barrier();
        Assert.Equal(9, ran);
        Assert.IsType<FormatException>(Assert.Single(failures));
        Assert.Equal(1, domain.GetStatistics().FailedCallbacks);
    }

    [Fact]
    public void Waiting_in_a_callback_throws_at_once()
    {
        using var domain = new RcuDomain();
        var caught = new List<Exception?>();
        domain.Defer(_ =>
        {
            caught.Add(Record.Exception(domain.Synchronize));
            caught.Add(Record.Exception(domain.Barrier));
            caught.Add(Record.Exception(domain.Dispose));
            caught.Add(Record.Exception(() => { domain.WaitForCapacity(); }));
        }, null);
        domain.Barrier();
        Assert.Equal(4, caught.Count);
        Assert.All(caught.Take(3), e => Assert.IsType<InvalidOperationException>(e));
        Assert.Null(caught[3]); // there is room, so it need not wait
    }

    [Fact]
    public void A_head_that_is_queued_is_refused_and_may_be_deferred_again_by_its_callback()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline }); // a thread beside could come to the second callback before the look at it
        using var heads = new NativeHeads();
        var head = heads.New();
        using (new ParkedReader(domain))
        {
            domain.Defer(head, NativeHeads.Callback);
            Assert.Throws<InvalidOperationException>(() => domain.Defer(head, NativeHeads.Callback));
        }
        domain.Barrier();

        Again.Domain = domain;
        domain.Defer(heads.New(), &Again.Callback);
        domain.Barrier();
        Assert.Equal(1, heads.Outstanding);
        domain.Barrier();
        Assert.Equal(0, heads.Outstanding);
    }

    private static class Again
    {
        public static RcuDomain? Domain;

        public static void Callback(RcuHead* head) => Domain!.Defer(head, NativeHeads.Callback);
    }

    [Fact]
    public void Null_pointers_are_refused()
    {
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        Assert.Throws<ArgumentNullException>(() => domain.Defer(null, NativeHeads.Callback));
        var head = heads.New();
        Assert.Throws<ArgumentNullException>(() => domain.Defer(head, (delegate*<RcuHead*, void>)null));
        Assert.Throws<ArgumentNullException>(() => domain.Defer((Action<object?>)null!, null));
        domain.Defer(head, NativeHeads.Callback);
        domain.Barrier();
    }

    [Fact]
    public void Sizes_are_exact_for_pages_and_never_rounded_down()
    {
        foreach (ulong size in (ulong[])[0, 1, 2047, 2048, 4096, 64 * 1024, 2 << 20, 509 * 4096])
            Assert.Equal((long)size, SizeCode.Decode(SizeCode.Encode(size)));
        var random = new Random(7);
        for (int i = 0; i < 100_000; i++)
        {
            ulong size = (ulong)random.NextInt64() >> random.Next(22, 63);
            long decoded = SizeCode.Decode(SizeCode.Encode(size));
            Assert.InRange((ulong)decoded, size, size + size / 1000 + 1);
        }
        Assert.Equal((long)SizeCode.Maximum, SizeCode.Decode(SizeCode.Encode(ulong.MaxValue)));
    }

    [Fact]
    public void A_dead_thread_gives_up_its_slot_and_its_heads_also_inside_a_section()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline });
        using var heads = new NativeHeads();
        for (int i = 0; i < 50; i++)
        {
            Watchdog.Join(Watchdog.Start(() =>
            {
                _ = domain.Enter(); // never left
                for (int n = 0; n < 3; n++) domain.Defer(heads.New(), NativeHeads.Callback);
            }));
        }
        domain.Barrier();
        Assert.Equal(0, heads.Outstanding);
        domain.Synchronize();
        Assert.InRange(domain.Registry.Chunks.Sum(c => c.Count), 1, 16);
        Assert.InRange(domain.GetStatistics().DeadReaders, 40, 50);
    }

    [Fact]
    public void Dispose_runs_what_is_deferred_and_throws_while_a_lease_is_out()
    {
        var domain = new RcuDomain();
        using var heads = new NativeHeads();
        var lease = domain.Lease("the table of this test");
        for (int i = 0; i < 100; i++) domain.Defer(heads.New(), NativeHeads.Callback);
        var refused = Assert.Throws<InvalidOperationException>(domain.Dispose);
        Assert.Contains("the table of this test", refused.Message, StringComparison.Ordinal);
        domain.Synchronize();
        lease.Dispose();
        lease.Dispose();
        domain.Dispose();
        Assert.Equal(0, heads.Outstanding);
        Assert.Throws<ObjectDisposedException>(() => domain.Lease("late"));
        var head = heads.New();
        Assert.Throws<ObjectDisposedException>(() => domain.Defer(head, NativeHeads.Callback));
        NativeHeads.FreeCallback(head);
    }

    [Fact]
    public void Dispose_gives_up_on_a_reader_that_stays_and_says_so()
    {
        var domain = new RcuDomain(new() { DisposeTimeout = TimeSpan.FromMilliseconds(100), Name = "given up" });
        var heads = new NativeHeads();
        StallReportEventArgs? report = null;
        domain.Stalled += (_, e) => report = e;
        using (new ParkedReader(domain, "stubborn"))
        {
            for (int i = 0; i < 100; i++) domain.Defer(heads.New(), NativeHeads.Callback);
            domain.Dispose();
            Assert.Equal(100, domain.GetStatistics().AbandonedCallbacks);
            Assert.Equal(100, heads.Outstanding); // leaked, never freed under the reader
            Assert.Equal("stubborn", report?.Thread);
        }
    }

    [Fact]
    public void The_default_domain_works_and_cannot_be_disposed()
    {
        using var heads = new NativeHeads();
        using (RcuDomain.Default.Enter())
            RcuDomain.Default.Defer(heads.New(), NativeHeads.Callback);
        RcuDomain.Default.Barrier();
        Assert.Throws<InvalidOperationException>(RcuDomain.Default.Dispose);
    }

    [Fact]
    public void Asynchronous_waits_complete_and_hold_no_thread()
    {
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        Task[] waits;
        using var cancel = new CancellationTokenSource();
        Task canceled;
        using (new ParkedReader(domain))
        {
            domain.Defer(heads.New(), NativeHeads.Callback);
            waits = [.. Enumerable.Range(0, 100).Select(_ => domain.SynchronizeAsync().AsTask()), domain.BarrierAsync().AsTask(), domain.WaitAsync(domain.GetToken()).AsTask()];
            canceled = domain.SynchronizeAsync(cancel.Token).AsTask();
            Thread.Sleep(20);
            Assert.All(waits, wait => Assert.False(wait.IsCompleted));
            cancel.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => canceled.GetAwaiter().GetResult());
        }
        foreach (var wait in waits) Watchdog.Wait(wait);
        Assert.Equal(0, heads.Outstanding);
    }
}
