using Alloc.Bench.Compare;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Tests.Compare;

public sealed class BaselineTests
{
    [Fact]
    public void Bounds_that_do_not_meet_are_a_change_and_those_that_do_are_noise()
    {
        var before = Run(Series(2, 1.9, 2.1, passes: 9));

        var slower = Assert.Single(Baseline.Compare(before, Run(Series(1.5, 1.4, 1.6, passes: 9))));
        var faster = Assert.Single(Baseline.Compare(before, Run(Series(3, 2.9, 3.1, passes: 9))));
        var noise = Assert.Single(Baseline.Compare(before, Run(Series(2.2, 2.0, 2.4, passes: 9))));

        // The peer takes fewer times as long as before: the table got slower beside it.
        Assert.Equal((Verdict.Slower, 2 / 1.5), (slower.Verdict, slower.Ratio));
        Assert.Equal(Verdict.Faster, faster.Verdict);
        Assert.Equal(Verdict.Inconclusive, noise.Verdict);
    }

    [Fact]
    public void Too_few_fair_passes_decide_nothing()
    {
        var change = Assert.Single(Baseline.Compare(Run(Series(2, 1.9, 2.1, passes: 4)), Run(Series(1, 0.9, 1.1, passes: 9))));

        Assert.Equal(Verdict.Inconclusive, change.Verdict);
    }

    [Fact]
    public void Other_keys_and_other_sizes_are_not_compared_but_named()
    {
        var before = Run(Series(2, 1.9, 2.1, 9));
        var now = before with { Sets = [before.Sets[0] with { Entries = 20 }] };

        Assert.Empty(Baseline.Compare(before, now));
        Assert.Equal(2, Baseline.Unmatched(before, now).Count());
    }

    [Fact]
    public void A_saved_run_comes_back_as_it_was()
    {
        var run = Run(Series(2, 1.9, double.NaN, 9));
        run.Latencies.Add(new LatencyFigures("a", 1, 2, 3, 4, 5, 6, 7, 8, [[1, 0.5], [2, 1]]));

        var read = JsonWriter.Read<CompareRun>(JsonWriter.Serialize(run));

        Assert.Equal(JsonWriter.Serialize(run), JsonWriter.Serialize(read));
        Assert.True(double.IsNaN(read.Sets[0].Operations[0].Contenders[1].RatioHigh));
    }

    private static CompareRun Run(SeriesResult series) =>
        new(DateTimeOffset.UnixEpoch, "compare", false, MachineInfo.Read()) { Sets = [new CompareSet("dense", 10, [series], [])] };

    private static SeriesResult Series(double ratio, double low, double high, int passes) => new("lookup",
    [
        new ContenderResult("RadixTable", 1, 1, 1, 1, 1, Verdict.Reference), new ContenderResult("peer", ratio, ratio, ratio, low, high, Verdict.Slower),
    ], passes, 0);
}
