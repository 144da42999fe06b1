using Alloc.Bench.Measure;

namespace Alloc.Bench.Tests.Measure;

public sealed class InterleavedSeriesTests
{
    [Fact]
    public void Contenders_take_turns_chunk_by_chunk_and_the_first_place_rotates()
    {
        var clock = new MadeUpClock();
        var order = new List<string>();
        ChunkWork Work(string name) => (start, count) =>
        {
            order.Add($"{name}{start}+{count}");
            return (ulong)count;
        };
        var series = new InterleavedSeries("lookup", ["a", "b"], clock);

        series.RunPass(25, 10, 25, [Work("a"), Work("b")]);

        Assert.Equal(["a0+10", "b0+10", "b10+10", "a10+10", "a20+5", "b20+5"], order);
    }

    [Fact]
    public void A_planted_slowdown_of_a_tenth_is_seen_and_its_ratio_is_right()
    {
        var clock = new MadeUpClock();
        var series = new InterleavedSeries("lookup", ["a", "b", "c"], clock);
        for (var pass = 0; pass < 9; pass++)
        {
            var load = 100 + pass; // what the machine does to all alike
            series.RunPass(10, 10, 0, [clock.Takes(load * 10), clock.Takes(load * 11), clock.Takes(load * 9)]);
        }

        var result = series.Summarize();

        Assert.Equal(Verdict.Reference, result.Contenders[0].Verdict);
        Assert.Equal(Verdict.Slower, result.Contenders[1].Verdict);
        Assert.Equal(1.1, result.Contenders[1].Ratio, 9);
        Assert.Equal(Verdict.Faster, result.Contenders[2].Verdict);
        Assert.Equal(104, result.Contenders[0].Median);
        Assert.Equal(100, result.Contenders[0].Minimum);
        Assert.Equal(9, result.FairPasses);
    }

    [Fact]
    public void A_ratio_on_both_sides_of_one_is_inconclusive()
    {
        var clock = new MadeUpClock();
        var series = new InterleavedSeries("lookup", ["a", "b"], clock);
        for (var pass = 0; pass < 10; pass++)
        {
            series.RunPass(1, 1, 0, [clock.Takes(100), clock.Takes(pass % 2 == 0 ? 120 : 80)]);
        }

        Assert.Equal(Verdict.Inconclusive, series.Summarize().Contenders[1].Verdict);
    }

    [Fact]
    public void Too_few_passes_are_inconclusive_however_clear_they_look()
    {
        var clock = new MadeUpClock();
        var series = new InterleavedSeries("lookup", ["a", "b"], clock);
        for (var pass = 0; pass < 3; pass++)
        {
            series.RunPass(1, 1, 0, [clock.Takes(100), clock.Takes(300)]);
        }

        Assert.Equal(Verdict.Inconclusive, series.Summarize().Contenders[1].Verdict);
    }

    [Fact]
    public void A_pass_in_which_the_machine_was_slower_for_one_contender_is_left_out()
    {
        var clock = new MadeUpClock();
        var series = new InterleavedSeries("lookup", ["a", "b"], clock);
        for (var pass = 0; pass < 12; pass++)
        {
            clock.Calibrations = pass % 4 == 0 ? [1000, 1500] : [1000, 1100];
            series.RunPass(1, 1, 0, [clock.Takes(100), clock.Takes(pass % 4 == 0 ? 5000 : 100)]);
        }

        var result = series.Summarize();

        Assert.Equal(3, result.UnfairPasses);
        Assert.Equal(9, result.FairPasses);
        Assert.Equal(1, result.Contenders[1].Ratio, 9);
    }

    [Fact]
    public void Where_no_pass_was_fair_the_figures_are_shown_and_decide_nothing()
    {
        var clock = new MadeUpClock { Calibrations = [1000, 1500] };
        var series = new InterleavedSeries("lookup", ["a", "b"], clock);
        for (var pass = 0; pass < 12; pass++)
        {
            series.RunPass(1, 1, 0, [clock.Takes(100), clock.Takes(300)]);
        }

        var result = series.Summarize();

        Assert.Equal(0, result.FairPasses);
        Assert.Equal(300, result.Contenders[1].Median);
        Assert.Equal(Verdict.Inconclusive, result.Contenders[1].Verdict);
    }

    [Fact]
    public void One_calibration_that_was_interrupted_does_not_make_a_pass_unfair()
    {
        var clock = new MadeUpClock { Calibrations = [1000, 1000, 90_000, 1000, 1000, 1000] };
        var series = new InterleavedSeries("lookup", ["a", "b"], clock);

        series.RunPass(3, 1, 0, [clock.Takes(100), clock.Takes(100)]);

        Assert.Equal(1, series.FairPasses);
    }

    [Fact]
    public void A_wrong_checksum_ends_the_run_and_names_the_liar()
    {
        var series = new InterleavedSeries("lookup", ["a", "b"], new MadeUpClock());

        var error = Assert.Throws<WrongChecksumException>(() => series.RunPass(2, 1, 6, [(_, _) => 3, (_, _) => 4]));

        Assert.Contains("b answered wrongly in 'lookup'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_fair_pass_there_is_no_figure()
    {
        var result = new InterleavedSeries("lookup", ["a", "b"], new MadeUpClock()).Summarize();

        Assert.True(double.IsNaN(result.Contenders[1].Median));
        Assert.Equal(Verdict.Inconclusive, result.Contenders[1].Verdict);
    }

    private sealed class MadeUpClock : IClock
    {
        private long _now;
        private int _calibrated;

        public long[] Calibrations { get; set; } = [1000];

        public long Now() => _now;

        public long Calibrate() => Calibrations[_calibrated++ % Calibrations.Length];

        public ChunkWork Takes(long time) => (_, _) =>
        {
            _now += time;
            return 0;
        };
    }
}
