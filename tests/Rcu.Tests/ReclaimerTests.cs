using Alloc.Rcu;

namespace Alloc.Tests;

/// <summary>The state machine that runs callbacks, one step at a time.</summary>
public unsafe class ReclaimerTests
{
    private static bool Step(RcuDomain domain, Slice slice, bool urgent = true)
    {
        Assert.True(domain.Reclaimer.TryHold());
        try
        {
            domain.Reclaimer.TakeAll(thorough: true);
            return domain.Reclaimer.Step(slice, urgent);
        }
        finally
        {
            domain.Reclaimer.Release();
        }
    }

    private static void StepAdaptive(RcuDomain domain)
    {
        Assert.True(domain.Reclaimer.TryHold());
        domain.Reclaimer.TakeAll(thorough: true);
        domain.Reclaimer.StepAdaptive();
        domain.Reclaimer.Release();
    }

    [Fact]
    public void A_slice_bounds_the_number_of_callbacks_and_the_rest_follows()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline });
        using var heads = new NativeHeads();
        for (int i = 0; i < 1000; i++) domain.Defer(heads.New(), NativeHeads.Callback, 8);
        Assert.True(Step(domain, new Slice(100, TimeSpan.MaxValue)));
        Assert.Equal(900, heads.Outstanding);
        Assert.Equal((900, 7200), (domain.GetStatistics().PendingCount, domain.GetStatistics().PendingBytes));
        Assert.True(Step(domain, new Slice(899, TimeSpan.MaxValue)));
        Assert.Equal(1, heads.Outstanding);
        Assert.False(Step(domain, Slice.Unlimited));
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public void A_slice_bounds_the_time_of_slow_callbacks()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline });
        int run = 0;
        for (int i = 0; i < 1000; i++)
        {
            domain.Defer(_ =>
            {
                if (run++ < 200) Thread.Sleep(1);
            }, null);
        }
        Assert.True(Step(domain, new Slice(1000, TimeSpan.FromMilliseconds(2))));
        Assert.InRange(run, 1, 200);
        domain.Barrier();
        Assert.Equal(1000, run);
    }

    [Fact]
    public void Background_steps_respect_the_minimum_interval_between_barriers_and_Synchronize_does_not()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, MinimumInterval = TimeSpan.FromHours(1) });
        using var heads = new NativeHeads();
        domain.Defer(heads.New(), NativeHeads.Callback);
        Step(domain, Slice.Unlimited, urgent: false); // the first one is free
        Assert.Equal(0, heads.Outstanding);
        domain.Defer(heads.New(), NativeHeads.Callback);
        long before = domain.GetStatistics().GracePeriods;
        for (int i = 0; i < 10; i++) Step(domain, Slice.Unlimited, urgent: false);
        Assert.Equal(before, domain.GetStatistics().GracePeriods);
        Assert.Equal(1, heads.Outstanding);
        domain.Synchronize();
        Assert.Equal(before + 1, domain.GetStatistics().GracePeriods);
        Step(domain, Slice.Unlimited, urgent: false); // and what waited goes along with that grace period
        Assert.Equal(0, heads.Outstanding);
    }

    [Fact]
    public void Above_the_high_watermark_the_interval_does_not_hold_until_the_low_one_is_reached()
    {
        using var domain = new RcuDomain(new()
        {
            Mode = ReclaimerMode.Inline,
            MinimumInterval = TimeSpan.FromHours(1),
            HighWatermarkCount = 100,
            LowWatermarkCount = 10,
        });
        using var heads = new NativeHeads();
        domain.Defer(heads.New(), NativeHeads.Callback);
        StepAdaptive(domain); // uses up the free one
        for (int i = 0; i < 50; i++) domain.Defer(heads.New(), NativeHeads.Callback);
        StepAdaptive(domain);
        Assert.Equal(50, heads.Outstanding);
        for (int i = 0; i < 100; i++) domain.Defer(heads.New(), NativeHeads.Callback);
        StepAdaptive(domain); // takes what was held back, and so sees the count only now
        StepAdaptive(domain);
        Assert.Equal(0, heads.Outstanding);
        for (int i = 0; i < 50; i++) domain.Defer(heads.New(), NativeHeads.Callback);
        StepAdaptive(domain);
        StepAdaptive(domain);
        Assert.InRange(heads.Outstanding, 0, 50);
        domain.Barrier();
    }

    [Fact]
    public void A_producer_over_the_watermark_reclaims_by_itself_but_never_inside_a_section()
    {
        // No pause between barriers: where one was measured to be dear, assistance would wait for the next half millisecond, and the producer is faster.
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline, AssistBytes = 64 * 4096, AssistCount = long.MaxValue, SliceTime = TimeSpan.FromHours(1), MinimumInterval = TimeSpan.Zero });
        using var heads = new NativeHeads();
        using (domain.Enter())
            for (int i = 0; i < 1000; i++) domain.Defer(heads.New(), NativeHeads.Callback, 4096);
        Assert.Equal(1000, heads.Outstanding);
        Assert.Equal(0, domain.GetStatistics().Assists);
        for (int i = 0; i < 1000; i++) domain.Defer(heads.New(), NativeHeads.Callback, 4096);
        Assert.InRange(heads.Outstanding, 0, 300);
        Assert.NotEqual(0, domain.GetStatistics().Assists);
        domain.Barrier();
    }

    [Fact]
    public void Assistance_can_be_switched_off()
    {
        using var domain = new RcuDomain(new() { ProducerAssist = false, AssistCount = 1, PollInterval = TimeSpan.FromMilliseconds(5) });
        int here = 0, self = Environment.CurrentManagedThreadId;
        for (int i = 0; i < 10_000; i++)
        {
            domain.Defer(_ =>
            {
                if (Environment.CurrentManagedThreadId == self) here++;
            }, null);
        }
        Watchdog.Until(() => domain.GetStatistics().PendingCount == 0, "the background thread");
        Assert.Equal(0, here);
    }

    [Fact]
    public void A_callback_that_throws_in_the_middle_of_a_chain_costs_only_itself()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline });
        int run = 0;
        for (int i = 0; i < 1000; i++)
        {
            int n = i;
            domain.Defer(_ =>
            {
                run++;
                if (n % 7 == 0) throw new FormatException();
            }, null);
        }
        domain.Barrier();
        Assert.Equal(1000, run);
        var statistics = domain.GetStatistics();
        Assert.Equal((0, 1000, 143), (statistics.PendingCount, statistics.Callbacks, statistics.FailedCallbacks));
    }
}
