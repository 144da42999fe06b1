using Alloc.Bench.Measure;
using Alloc.Bench.Reclaim;
using Alloc.Bench.Report;
using Alloc.PageTable;

namespace Alloc.Bench.Tests.Reclaim;

/// <summary>The checks of the experiment, on made-up runs: each must be able to fail.</summary>
public sealed class ReclaimJobTests
{
    private const int Steps = 25_600;
    private const long Tables = 102_400L * 1024;

    [Fact]
    public void What_the_design_promises_passes()
    {
        Assert.All(ReclaimJob.MakeChecks(Steps, Runs(), null), check => Assert.Equal(Outcome.Passed, check.Outcome));
    }

    [Fact]
    public void A_wrong_removal_or_reading_fails()
    {
        var check = Assert.Single(ReclaimJob.MakeChecks(Steps, Runs(), "step 3 removed 511 of 512 entries"), c => c.Outcome == Outcome.Failed);

        Assert.Contains("step 3", check.Finding, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, Tables)] // no parents
    [InlineData(0, Tables + (500 * 4096))] // far too many
    [InlineData(0, 240 * 1024)] // it reclaimed
    public void None_without_its_tables_fails(int run, long bytes) => OnlyFails(run, r => End(r, e => e with { TableBytes = bytes }), "None keeps");

    [Fact]
    public void None_with_a_leaf_table_too_few_fails() => OnlyFails(0, r => End(r, e => e with { LeafTables = Steps - 1 }), "None keeps");

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_peak_over_four_megabytes_fails(int run) => OnlyFails(run, r => r with { PeakBytes = (4 << 20) + 1 }, "never exceed");

    [Fact]
    public void A_peak_that_a_stopped_reader_forced_is_inconclusive()
    {
        var runs = Runs();
        runs[2] = runs[2] with { PeakBytes = 6 << 20, Reader = new ReaderFigures(1, 1, 512) };
        var check = Assert.Single(ReclaimJob.MakeChecks(Steps, runs, null), c => c.Outcome != Outcome.Passed);
        Assert.Equal(Outcome.Inconclusive, check.Outcome);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Tables_left_over_240_kilobytes_fail(int run) =>
        OnlyFails(run, r => End(r, e => e with { TableBytes = (240 << 10) + 1 }), "after the last grace period");

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Bytes_still_pending_after_the_last_grace_period_fail(int run) =>
        OnlyFails(run, r => End(r, e => e with { PendingBytes = 64 }), "after the last grace period");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Stranded_bytes_fail_in_every_mode(int run) => OnlyFails(run, r => r with { StrandedBytes = 4096 }, "stranded");

    [Fact]
    public void A_wait_in_mode_Rcu_fails() => OnlyFails(2, r => End(r, e => e with { SynchronousWaits = 1 }), "no removal waits");

    [Fact]
    public void Without_waits_of_SemiRcu_or_refusals_the_comparison_is_inconclusive()
    {
        foreach (var (run, change) in ((int, Func<ReclaimRun, ReclaimRun>)[])
        [
            (4, r => End(r, e => e with { SynchronousWaits = 0 })),
            (4, r => End(r, e => e with { BatchRefusals = 0 })),
            (3, r => End(r, e => e with { BatchRefusals = 0 })),
        ])
        {
            var runs = Runs();
            runs[run] = change(runs[run]);
            var check = Assert.Single(ReclaimJob.MakeChecks(Steps, runs, null), c => c.Outcome != Outcome.Passed);
            Assert.Equal(Outcome.Inconclusive, check.Outcome);
        }
    }

    private static void OnlyFails(int run, Func<ReclaimRun, ReclaimRun> change, string claim)
    {
        var runs = Runs();
        runs[run] = change(runs[run]);
        var failed = Assert.Single(ReclaimJob.MakeChecks(Steps, runs, null), check => check.Outcome != Outcome.Passed);
        Assert.Equal(Outcome.Failed, failed.Outcome);
        Assert.Contains(claim, failed.Claim, StringComparison.Ordinal);
    }

    private static ReclaimRun End(ReclaimRun run, Func<RadixTableStatistics, RadixTableStatistics> change) => run with { AtEnd = change(run.AtEnd) };

    private static List<ReclaimRun> Runs()
    {
        var latency = new LatencyFigures("", Steps, 1, 1, 1, 1, 1, 1, 1, []);
        ReclaimRun Of(string mode, bool refused, long table, long waits) => new(mode, refused)
        {
            PeakBytes = table,
            PeakTableBytes = table,
            AtEnd = new RadixTableStatistics
            {
                TableBytes = table,
                LeafTables = mode == "None" ? Steps : 0,
                ReclaimedPages = Steps,
                SynchronousWaits = waits,
                BatchRefusals = refused ? Steps : 0,
            },
            Removal = latency,
        };
        return
        [
            Of("None", false, Tables + (51 * 4096), 0),
            Of("SemiRcu", false, 12 << 10, 0),
            Of("Rcu", false, 12 << 10, 0),
            Of("Rcu", true, 12 << 10, 0),
            Of("SemiRcu", true, 12 << 10, Steps),
        ];
    }
}
