using Alloc.Rcu;

namespace Alloc.Tests;

[Collection(NeedsTheProcessors.Name)]
public class AsyncWaitTests
{
    public static TheoryData<ReclaimerMode> Modes => [ReclaimerMode.Background, ReclaimerMode.Inline];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Asynchronous_waits_allocate_nothing_when_warm(ReclaimerMode mode)
    {
        using var domain = new RcuDomain(new() { Mode = mode });
        for (int i = 0; i < 200; i++) await domain.SynchronizeAsync();
        await Rounds(domain, 200);
        // Of the whole process, as the waits end on pool threads; what the runtime allocates now and then for itself is far below one object a wait.
        const int Count = 2000;
        long best = long.MaxValue;
        for (int attempt = 0; attempt < 5 && best > Count * 4; attempt++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await Rounds(domain, Count);
            best = Math.Min(best, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        Assert.InRange(best, 0, Count * 4);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task BarrierAsync_ends_after_all_callbacks_deferred_before_it_and_not_sooner(ReclaimerMode mode)
    {
        using var domain = new RcuDomain(new() { Mode = mode, ProducerAssist = mode == ReclaimerMode.Inline });
        using var heads = new NativeHeads();
        int rounds = TestScale.Of(200);
        for (int round = 0; round < rounds; round++)
        {
            Task barrier;
            int count = 1 + (round % 300);
            using (new ParkedReader(domain))
            {
                for (int i = 0; i < count; i++) DeferOne(domain, heads);
                barrier = domain.BarrierAsync().AsTask();
                if (round % 50 == 0) Thread.Sleep(20);
                Assert.False(barrier.IsCompleted);
            }
            await barrier.WaitAsync(Watchdog.Patience);
            Assert.Equal(0, heads.Outstanding);
        }
    }

    [Fact]
    public async Task Barriers_of_many_threads_each_cover_what_their_thread_deferred()
    {
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        int rounds = TestScale.Of(300);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(async () =>
        {
            for (int round = 0; round < rounds; round++)
            {
                using var mine = new CountdownEvent(20);
                for (int i = 0; i < 20; i++)
                {
                    DeferOne(domain, heads);
                    domain.Defer(static counter => ((CountdownEvent)counter!).Signal(), mine);
                }
                await domain.BarrierAsync();
                Assert.True(mine.IsSet);
            }
        }))).WaitAsync(Watchdog.Patience);
        domain.Barrier();
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public async Task A_barrier_needs_no_driver_while_a_background_thread_runs()
    {
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        Task barrier;
        using (new ParkedReader(domain))
        {
            DeferOne(domain, heads);
            barrier = domain.BarrierAsync().AsTask();
            Watchdog.Until(() => !domain.AsyncWaits.IsDriven, "the driver's end");
            Assert.False(barrier.IsCompleted);
        }
        await barrier.WaitAsync(Watchdog.Patience);
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public async Task What_is_canceled_ends_and_its_source_serves_the_next()
    {
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        for (int round = 0; round < TestScale.Of(100); round++)
        {
            using var cancel = new CancellationTokenSource();
            Task wait, barrier, other;
            using (new ParkedReader(domain))
            {
                DeferOne(domain, heads);
                wait = domain.SynchronizeAsync(cancel.Token).AsTask();
                barrier = domain.BarrierAsync(cancel.Token).AsTask();
                other = domain.SynchronizeAsync().AsTask();
                cancel.Cancel();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(Watchdog.Patience));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => barrier.WaitAsync(Watchdog.Patience));
                Assert.False(other.IsCompleted);
            }
            await other.WaitAsync(Watchdog.Patience);
            await domain.BarrierAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await domain.BarrierAsync(cancel.Token));
        }
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public async Task Cancellation_and_completion_at_the_same_time_end_each_wait_once()
    {
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        for (int round = 0; round < TestScale.Of(2_000); round++)
        {
            using var cancel = new CancellationTokenSource();
            DeferOne(domain, heads);
            var wait = round % 2 == 0 ? domain.SynchronizeAsync(cancel.Token) : domain.BarrierAsync(cancel.Token);
            var canceling = Task.Run(cancel.Cancel);
            try
            {
                await wait;
            }
            catch (OperationCanceledException)
            {
            }
            await canceling;
        }
        domain.Barrier();
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public async Task A_barrier_over_a_reader_that_stays_fails_when_the_domain_gives_up()
    {
        var domain = new RcuDomain(new() { DisposeTimeout = TimeSpan.FromMilliseconds(50) });
        var heads = new NativeHeads(); // one leaks, under the reader
        Task barrier;
        using (new ParkedReader(domain))
        {
            DeferOne(domain, heads);
            barrier = domain.BarrierAsync().AsTask();
            domain.Dispose();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => barrier.WaitAsync(Watchdog.Patience));
        }
        Assert.Equal(1, domain.GetStatistics().AbandonedCallbacks);
    }

    private static unsafe void DeferOne(RcuDomain domain, NativeHeads heads) => domain.Defer(heads.New(), NativeHeads.Callback, 64);

    private static async Task Rounds(RcuDomain domain, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await domain.SynchronizeAsync();
            await domain.WaitAsync(domain.GetToken());
            await domain.BarrierAsync();
        }
    }
}
