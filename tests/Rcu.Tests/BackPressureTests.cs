using Alloc.Rcu;

namespace Alloc.Tests;

public unsafe class BackPressureTests
{
    private const long Cap = 4 << 20;

    // The statistics, and whoever asks for room, count a list for a moment twice while a thread beside takes it: what is exact is counted by the heads,
    // or where no thread runs beside.
    [Theory]
    [InlineData(ReclaimerMode.Inline)]
    [InlineData(ReclaimerMode.Background)]
    public void Fail_refuses_at_the_cap_and_loses_nothing_while_a_reader_is_stalled(ReclaimerMode mode)
    {
        using var domain = new RcuDomain(new() { Mode = mode, MaxPendingBytes = Cap, BackPressure = BackPressurePolicy.Fail });
        using var heads = new NativeHeads();
        int attempts = TestScale.Of(100_000), accepted = 0;
        using (new ParkedReader(domain))
        {
            for (int i = 0; i < attempts; i++)
            {
                var head = heads.New();
                if (domain.TryDefer(head, NativeHeads.Callback, 256)) accepted++;
                else NativeHeads.FreeCallback(head);
                if (i % 1000 != 0) continue;
                Assert.InRange(heads.Outstanding * 256, 0, Cap);
                if (mode == ReclaimerMode.Inline) Assert.Equal(accepted * 256L, domain.GetStatistics().PendingBytes);
            }
            Assert.Equal(Cap / 256, accepted);
            Assert.Equal(accepted, heads.Outstanding);
            Assert.False(domain.WaitForCapacity(1));
        }
        domain.Barrier();
        Assert.Equal(0, heads.Outstanding);
        Assert.True(domain.WaitForCapacity(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public void A_cap_of_heads_accepts_just_so_many_under_a_stalled_reader(int cap)
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, MaxPendingCount = cap, BackPressure = BackPressurePolicy.Fail });
        using var heads = new NativeHeads();
        int accepted = 0;
        using (new ParkedReader(domain))
        {
            for (int i = 0; i < cap + 5; i++)
            {
                var head = heads.New();
                if (domain.TryDefer(head, NativeHeads.Callback)) accepted++;
                else NativeHeads.FreeCallback(head);
            }
        }
        Assert.Equal(Math.Max(1, cap), accepted); // a cap of none lets one through at a time, or nothing could ever be deferred
        domain.Barrier();
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public void Block_waits_for_the_stalled_reader_and_stays_under_the_cap()
    {
        using var domain = new RcuDomain(new() { MaxPendingBytes = Cap, BackPressure = BackPressurePolicy.Block });
        using var heads = new NativeHeads();
        long peak = 0;
        Thread producer;
        using (new ParkedReader(domain))
        {
            producer = Watchdog.Start(() =>
            {
                for (int i = 0; i < 40_000; i++)
                {
                    domain.TryDefer(heads.New(), NativeHeads.Callback, 256);
                    if (i % 64 == 0) peak = Math.Max(peak, heads.Outstanding * 256);
                }
            });
            Watchdog.Until(() => heads.Outstanding == (Cap / 256) + 1, "the producer at the cap, with one in its hand");
            Thread.Sleep(30);
            Assert.True(producer.IsAlive);
            Assert.Equal((Cap / 256) + 1, heads.Outstanding);
            Assert.False(domain.WaitForCapacity(1, TimeSpan.FromMilliseconds(20)));
            using var cancel = new CancellationTokenSource(20);
            Assert.ThrowsAny<OperationCanceledException>(() => domain.WaitForCapacity(1, cancellationToken: cancel.Token));
        }
        Watchdog.Join(producer);
        Assert.InRange(peak, 1, Cap);
        domain.Barrier();
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public void Nothing_blocks_inside_a_section_and_the_intrusive_defer_never_does()
    {
        using var domain = new RcuDomain(new() { MaxPendingCount = 10, BackPressure = BackPressurePolicy.Block });
        using var heads = new NativeHeads();
        using (domain.Enter())
        {
            for (int i = 0; i < 20; i++) Assert.True(domain.TryDefer(heads.New(), NativeHeads.Callback));
            for (int i = 0; i < 20; i++) domain.Defer(heads.New(), NativeHeads.Callback);
            Assert.Throws<InvalidOperationException>(() => domain.WaitForCapacity());
        }
        domain.Barrier();
        Assert.Equal(40, heads.Freed);
    }

    [Fact]
    public void The_managed_defer_follows_the_policy()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, MaxPendingCount = 10, BackPressure = BackPressurePolicy.Fail });
        int run = 0;
        using (new ParkedReader(domain))
        {
            for (int i = 0; i < 10; i++) domain.Defer(_ => Interlocked.Increment(ref run), null);
            Assert.False(domain.TryDefer(_ => Interlocked.Increment(ref run), null));
            Assert.Throws<InvalidOperationException>(() => domain.Defer(_ => Interlocked.Increment(ref run), null));
        }
        domain.Barrier();
        Assert.Equal(10, run);
    }

    [Fact]
    public void What_is_larger_than_the_cap_gets_through_alone()
    {
        using var domain = new RcuDomain(new() { MaxPendingBytes = 1000, BackPressure = BackPressurePolicy.Fail });
        using var heads = new NativeHeads();
        Assert.True(domain.TryDefer(heads.New(), NativeHeads.Callback, 5000));
        domain.Barrier();
        using (new ParkedReader(domain))
        {
            Assert.True(domain.TryDefer(heads.New(), NativeHeads.Callback, 5000));
            var head = heads.New();
            Assert.False(domain.TryDefer(head, NativeHeads.Callback, 1));
            NativeHeads.FreeCallback(head);
        }
        domain.Barrier();
    }

    [Fact]
    public void Expedite_accepts_everything()
    {
        using var domain = new RcuDomain(new() { MaxPendingCount = 100 });
        using var heads = new NativeHeads();
        using (new ParkedReader(domain))
            for (int i = 0; i < 1000; i++) Assert.True(domain.TryDefer(heads.New(), NativeHeads.Callback));
        domain.Barrier();
    }

    [Fact]
    public void A_busy_producer_with_a_busy_reader_keeps_little_pending_without_anybody_waiting()
    {
        // The table's main job: pages retired by one thread while another enters and leaves. Only that it does not pile up; how fast is Bench's matter.
        using var domain = new RcuDomain();
        using var heads = new NativeHeads();
        bool stop = false;
        var reader = Watchdog.Start(() =>
        {
            using var handle = domain.Register();
            while (!Volatile.Read(ref stop))
            {
                using (handle.Enter()) Thread.SpinWait(1);
            }
        });
        // Where the machine keeps the reader inside its section, there is more to produce until half has gone; what piles up never gets there.
        const int Pages = 20_000;
        int deferred = 0;
        while (deferred < Pages || (deferred < 50 * Pages && heads.Freed < deferred / 2))
        {
            domain.Defer(heads.New(), NativeHeads.Callback, 4096);
            deferred++;
            Thread.SpinWait(50);
        }
        Assert.InRange(heads.Freed, deferred / 2, deferred);
        Volatile.Write(ref stop, true);
        Watchdog.Join(reader);
        domain.Barrier();
    }

    [Fact]
    public void Over_the_high_watermark_a_producer_pauses_once_for_each_chain_and_others_do_not()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, HighWatermarkCount = 1000, LowWatermarkCount = 10, ThrottlePause = TimeSpan.FromMilliseconds(1) });
        using var heads = new NativeHeads();
        domain.WaitForCapacity();
        using (new ParkedReader(domain))
        {
            for (int i = 0; i < 500; i++) domain.Defer(heads.New(), NativeHeads.Callback);
            Assert.True(domain.WaitForCapacity());
            Assert.Equal(0, domain.GetStatistics().Pauses);
            for (int i = 0; i < 2000; i++) domain.Defer(heads.New(), NativeHeads.Callback);
            using (domain.Enter()) Assert.True(domain.WaitForCapacity()); // never inside a section
            Assert.Equal(0, domain.GetStatistics().Pauses);
            for (int i = 0; i < 5; i++) Assert.True(domain.WaitForCapacity()); // it gives up after its time and asks once only
            Assert.Equal(1, domain.GetStatistics().Pauses);
            Watchdog.Join(Watchdog.Start(() => domain.WaitForCapacity()));
            Assert.Equal(1, domain.GetStatistics().Pauses);
            for (int i = 0; i < DeferQueue.ChainHeads; i++) domain.Defer(heads.New(), NativeHeads.Callback);
            Assert.True(domain.WaitForCapacity());
            Assert.Equal(2, domain.GetStatistics().Pauses);
        }
        domain.Barrier();
        Assert.True(domain.Capacity.IsOpen);
    }

    [Fact]
    public void Options_out_of_range_are_refused_one_by_one()
    {
        foreach (var spoil in (Action<RcuDomainOptions>[])
        [
            o => o.MaxPendingBytes = -1, o => o.MaxPendingCount = -1, o => o.SliceCallbacks = 0, o => o.PollInterval = TimeSpan.Zero,
            o => o.HighWatermarkBytes = 0, o => o.StallTimeout = TimeSpan.Zero, o => o.Mode = (ReclaimerMode)7, o => o.BackPressure = (BackPressurePolicy)(-1),
        ])
        {
            var options = new RcuDomainOptions();
            spoil(options);
            Assert.Throws<ArgumentOutOfRangeException>(() => new RcuDomain(options));
        }
    }
}
