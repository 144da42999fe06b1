using Alloc.Bench.Blocks;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Tests.Blocks;

public sealed class BlocksJobTests
{
    [Fact]
    public void A_small_run_has_right_checksums_and_figures_of_every_load()
    {
        var figures = new BlocksJob(new BlockSizes(3000, 2048, 2000, 20_000), 3, new MachineClock(), new SilentProgress(), CancellationToken.None).Run();

        Assert.Equal(BlockRaces.Sizes.Length + BlockRaces.Live.Length, figures.Races.Length);
        Assert.All(figures.Races, race => Assert.All(race.Series.Contenders, contender => Assert.True(contender.Median > 0, contender.Name)));
        Assert.All((string[])[BlockRaces.CLibrary, BlockRaces.Implicit, BlockRaces.Handle],
            name => Assert.All(figures.Races, race => Assert.Contains(race.Series.Contenders, contender => contender.Name == name)));
        Assert.All(figures.Nodes, row => Assert.True(row.Many >= 1 && row.OneByOne >= 1, $"{row}"));
        var said = BlocksReport.Describe(figures).Sections[0].Blocks.OfType<DataTable>().Single();
        Assert.Equal(figures.Races.Select(race => race.Series.Operation), said.Rows.Select(row => row[0]));
    }
}
