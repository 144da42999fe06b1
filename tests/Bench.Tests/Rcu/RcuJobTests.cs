using Alloc.Bench.Measure;
using Alloc.Bench.Peers.Native;
using Alloc.Bench.Rcu;
using Alloc.Bench.Report;

namespace Alloc.Bench.Tests.Rcu;

public sealed class RcuJobTests
{
    // Two chunks, the second one shorter.
    private static readonly RcuSizes Small = new(3000, 2048, 3000, 2048, 6, 4, 1000);

    [Fact]
    public void A_small_run_has_right_checksums_and_counters_and_figures_of_every_contender()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var figures = new RcuJob(Small, 3, new MachineClock(), new SilentProgress(), CancellationToken.None).Run();

        Assert.Equal(9, figures.Races.Length);
        Assert.All(figures.Races, race =>
        {
            Assert.InRange(race.Series.FairPasses + race.Series.UnfairPasses, 3, 6);
            Assert.Equal(race.Limits.Length, race.Series.Contenders.Length);
            Assert.All(race.Series.Contenders, contender => Assert.True(contender.Median > 0, contender.Name));
        });
        Assert.All((string[])[RcuRaces.Flat, RcuRaces.Nestable, RcuRaces.Implicit, RcuRaces.LightName, RcuRaces.ByReader, RcuRaces.ByDomain, RcuRaces.Synchronize],
            name => Assert.Contains(figures.Races, race => race.Series.Contenders.Any(contender => contender.Name == name)));
        var liburcuIsMissing = figures.Skipped.Any(line => line.StartsWith("liburcu memb", StringComparison.Ordinal));
        Assert.Equal(liburcuIsMissing, figures.Races.All(race => race.Series.Contenders[0].Name != RcuRaces.Memb));
        Assert.All(figures.Allocations.Where(row => row.AtMost is not null), row => Assert.Equal(0, row.Bytes));
        var said = RcuReport.Describe(figures).Sections[0].Blocks.OfType<Paragraph>().Select(paragraph => paragraph.Text);
        Assert.All(figures.Skipped, line => Assert.Contains(line, said));
    }

    [Fact]
    public unsafe void Every_section_loop_loads_once_an_item()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        const int times = 5000;
        const ulong expected = times * RcuStage.Value;
        using var stage = new RcuStage(16);

        Assert.Equal(expected, ReadLoops.Empty(times, stage.Cell));
        Assert.Equal(expected, ReadLoops.Flat(times, stage.Cell, stage.Reader));
        Assert.Equal(expected, ReadLoops.Nestable(times, stage.Cell, stage.Reader));
        Assert.Equal(expected, ReadLoops.Implicit(times, stage.Cell, stage.AsDefault));
        Assert.Equal(expected, ReadLoops.Light(times, stage.Cell, stage.Light));
        Assert.Equal(expected, stage.Urcu?.ReadMemb(times, stage.Cell) ?? expected);
        Assert.Equal(expected, stage.Qsbr?.Read(times, stage.Cell) ?? expected);
        Assert.Equal(expected, stage.Qsbr?.Read1024(times, stage.Cell) ?? expected);
        Assert.Equal(expected, stage.Ck?.Read(times, stage.Cell) ?? expected);
        Assert.False(stage.AsDefault.IsInSection);
    }

    [Fact]
    public void A_peer_that_does_not_compile_is_named_with_the_reason_and_the_package()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var (library, problem, fast) = PeerBuild.Load("rcu_peers.c", "PEER_MEMB", "liburcu-dev", "no-such-library");

        Assert.Equal(0, library);
        Assert.False(fast);
        Assert.Contains("liburcu-dev", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_race_without_its_reference_judges_no_target()
    {
        var race = new Race("race", new MachineClock(), new Amount(10, 5), [null, new Contender("a", (_, n) => (ulong)n, 1), new Contender("b", (_, n) => (ulong)n, 2)]);
        race.RunPass();

        var result = race.Result();

        Assert.Equal(["a", "b"], result.Series.Contenders.Select(contender => contender.Name));
        Assert.All(result.Limits, limit => Assert.Null(limit));
    }
}
