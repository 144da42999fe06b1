using Alloc.Rcu;

namespace Alloc.Tests;

/// <summary>What the system and the user can do to a thread in the middle of this layer's work: no thread, no memory, an interrupt, a handler that waits.</summary>
public unsafe class AdversityTests
{
    [Fact]
    public void After_a_thread_could_not_be_started_the_next_head_asks_again()
    {
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        int refused = 0;
        domain.Watcher.StartThread = _ =>
        {
            refused++;
            throw new OutOfMemoryException();
        };
        for (int i = 0; i < 3; i++) domain.Defer(heads.New(), NativeHeads.Callback);
        Assert.Equal(3, refused);
        Assert.Equal(3, heads.Outstanding);
        domain.Watcher.StartThread = static thread => thread.UnsafeStart();
        domain.Defer(heads.New(), NativeHeads.Callback);
        Watchdog.Until(() => heads.Outstanding == 0, "the heads from before there was a thread");
    }

    [Fact]
    public void A_stalled_handler_that_waits_for_a_grace_period_itself_gets_one()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, StallTimeout = TimeSpan.FromMilliseconds(20) });
        using var inside = new ManualResetEventSlim();
        int waited = 0;
        domain.Stalled += (_, _) =>
        {
            inside.Set();
            domain.Synchronize();
            waited++;
        };
        Thread waiter;
        using (new ParkedReader(domain))
        {
            waiter = Watchdog.Start(domain.Synchronize);
            Assert.True(inside.Wait(Watchdog.Patience));
        }
        Watchdog.Join(waiter);
        Assert.InRange(waited, 1, int.MaxValue);
    }

    [Fact]
    public void Who_is_interrupted_while_he_disposes_of_a_domain_can_do_it_again()
    {
        var domain = new RcuDomain(new() { DisposeTimeout = TimeSpan.FromMinutes(10) });
        using var heads = new NativeHeads();
        using (new ParkedReader(domain))
        {
            domain.Defer(heads.New(), NativeHeads.Callback);
            Exception? thrown = null;
            var disposer = Watchdog.Start(() => thrown = Record.Exception(domain.Dispose));
            Watchdog.Until(() => disposer.ThreadState.HasFlag(ThreadState.WaitSleepJoin), "the wait for the reader");
            disposer.Interrupt();
            Watchdog.Join(disposer);
            Assert.IsType<ThreadInterruptedException>(thrown);
            Assert.Equal(1, heads.Outstanding);
            domain.Lease("a use after all").Dispose();
        }
        domain.Dispose();
        Assert.Equal(0, heads.Outstanding);
        Assert.Throws<ObjectDisposedException>(domain.Synchronize);
    }

    [Fact]
    public void An_interrupt_never_comes_out_of_a_defer_whose_head_is_queued()
    {
        using var heads = new NativeHeads();
        int rounds = TestScale.Of(1000), round = 0, arrived = 0;
        const int Threads = 3;
        RcuDomain? domain = null;
        var threads = Enumerable.Range(0, Threads).Select(_ => Watchdog.Start(() =>
        {
            for (int i = 1; i <= rounds; i++)
            {
                SpinUntil(() => Volatile.Read(ref round) == i);
                // Whoever is not first waits for the lock under which the first one starts the reclaimer's thread.
                domain!.Defer(heads.New(), NativeHeads.Callback);
                Interlocked.Increment(ref arrived);
            }
        })).ToArray();
        for (int i = 1; i <= rounds; i++)
        {
            domain = new RcuDomain();
            domain.Watcher.StartThread = static thread =>
            {
                Thread.SpinWait(2000);
                thread.UnsafeStart();
            };
            foreach (var thread in threads) thread.Interrupt(); // seen when a thread blocks
            Volatile.Write(ref round, i);
            SpinUntil(() => Volatile.Read(ref arrived) == i * Threads);
            domain.Dispose();
            Assert.Equal(0, heads.Outstanding);
        }
        foreach (var thread in threads) Watchdog.Join(thread);

        static void SpinUntil(Func<bool> condition)
        {
            while (!condition()) Thread.Yield();
        }
    }

    [Fact]
    public void However_long_a_reader_stalls_taking_what_was_deferred_allocates_nothing_and_keeps_the_order()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, AssistCount = long.MaxValue });
        using var heads = new NativeHeads();
        const int Chains = 2000;
        long half = 0, all;
        using (new ParkedReader(domain))
        {
            TakeOne();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 1; i < Chains; i++)
            {
                all = TakeOne();
                if (i == Chains / 2) half = all;
            }
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(Chains, heads.Outstanding);
        }
        while (!domain.TryFinish(ref half)) { }
        Assert.InRange(heads.Freed, Chains / 2, Chains);
        domain.Barrier();
        Assert.Equal(0, heads.Outstanding);

        long TakeOne()
        {
            domain.Defer(heads.New(), NativeHeads.Callback);
            Assert.True(domain.Reclaimer.TryHold());
            long goal = domain.Reclaimer.TakeAll(thorough: true);
            domain.Reclaimer.Step(Slice.Unlimited, urgent: true);
            domain.Reclaimer.Release();
            return goal;
        }
    }

    [Fact]
    public void The_longest_slice_that_can_be_asked_for_is_no_trouble_over_the_high_watermark()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, SliceTime = TimeSpan.MaxValue, SliceCallbacks = 1 << 24, HighWatermarkCount = 0, LowWatermarkCount = 0 });
        using var heads = new NativeHeads();
        domain.Defer(heads.New(), NativeHeads.Callback);
        Assert.True(domain.Reclaimer.TryHold());
        domain.Reclaimer.TakeAll(thorough: true);
        domain.Reclaimer.StepAdaptive();
        domain.Reclaimer.Release();
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public void A_barrier_that_comes_after_the_domain_gave_up_fails_and_does_not_hang()
    {
        var domain = new RcuDomain(new() { DisposeTimeout = TimeSpan.Zero });
        var heads = new NativeHeads(); // one leaks, under the reader
        using (new ParkedReader(domain))
        {
            domain.Defer(heads.New(), NativeHeads.Callback);
            domain.Dispose();
            // As one that looked whether the domain was disposed just before it was.
            var late = domain.AsyncWaits.Barrier(default).AsTask();
            Assert.Throws<ObjectDisposedException>(() => late.WaitAsync(Watchdog.Patience).GetAwaiter().GetResult());
        }
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1000)]
    public void A_disposed_domain_has_no_capacity_with_limits_or_without(long limit)
    {
        var domain = new RcuDomain(new() { MaxPendingCount = limit, BackPressure = BackPressurePolicy.Fail });
        using var heads = new NativeHeads();
        Assert.True(domain.WaitForCapacity());
        domain.Defer(heads.New(), NativeHeads.Callback);
        domain.Dispose();
        Assert.False(domain.HasCapacity);
        Assert.Throws<ObjectDisposedException>(() => domain.WaitForCapacity());
        var head = heads.New();
        Assert.Throws<ObjectDisposedException>(() => domain.TryDefer(head, NativeHeads.Callback));
        NativeHeads.FreeCallback(head);
    }
}
