using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;
using Alloc.Bench.SelfCheck;
using Alloc.Bench.Tests.Cli;

namespace Alloc.Bench.Tests.SelfCheck;

public sealed class SelfCheckTests
{
    [Theory]
    [InlineData(1.1, 1.09, 1.11, "Passed")]
    [InlineData(1.1, 0.98, 1.2, "Inconclusive")]
    [InlineData(1.0, 0.99, 1.01, "Inconclusive")]
    [InlineData(1.3, 1.25, 1.35, "Failed")]
    [InlineData(0.9, 0.89, 0.91, "Failed")]
    public void A_planted_tenth_is_seen_missed_or_drowned(double ratio, double low, double high, string outcome)
    {
        Assert.Equal(outcome, SelfCheckJob.Judge("claim", Series(ratio, low, high, unfair: 0), Plant.Slowdown, 0.04).Outcome.ToString());
    }

    [Fact]
    public void On_a_machine_that_was_not_fair_nothing_fails()
    {
        Assert.Equal(Outcome.Inconclusive, SelfCheckJob.Judge("claim", Series(1.3, 1.25, 1.35, unfair: 3), Plant.Slowdown, 0.04).Outcome);
    }

    [Fact]
    public void The_command_checks_every_harness()
    {
        var (exit, output, error) = BenchProgram.Run(Path.GetTempPath(), "selfcheck", "--quick");

        // A noisy machine leaves checks open, which the program must then say; what it measured wrongly in spite of fair passes fails.
        Assert.True(exit is ExitCode.Ok or ExitCode.Inconclusive or ExitCode.CheckFailed, output + error);
        Assert.Equal(exit == ExitCode.CheckFailed, output.Contains("FAILED", StringComparison.Ordinal));
        Assert.All((string[])["does nothing", "same index", "slowdown of a tenth", "saved one", "open loop", "BenchmarkDotNet"],
            claim => Assert.Contains(claim, output, StringComparison.Ordinal));
    }

    private static SeriesResult Series(double ratio, double low, double high, int unfair)
    {
        var verdict = low > 1 ? Verdict.Slower : high < 1 ? Verdict.Faster : Verdict.Inconclusive;
        return new SeriesResult("lookup",
            [new ContenderResult("a", 1, 1, 1, 1, 1, Verdict.Reference), new ContenderResult("b", ratio, ratio, ratio, low, high, verdict)], 20, unfair);
    }
}
