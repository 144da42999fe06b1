using Alloc.Bench.Measure;
using Alloc.Bench.Rcu;
using Alloc.Bench.Report;

namespace Alloc.Bench.Blocks;

/// <summary>Memory first, in a process that has not done much; then the races, every pass all of them once.</summary>
internal sealed class BlocksJob(BlockSizes sizes, int passes, IClock clock, IProgressSink progress, CancellationToken stop)
{
    /// <summary>A tier of the compiler takes over a loop after its thirtieth call and a tenth of a second.</summary>
    private const int WarmRounds = 4, WarmPasses = 10;

    private static readonly int[] KeysANode = [10, 20, 38, 60, 100];

    public BlockFigures Run()
    {
        progress.Begin("Blocks: nodes that grow and shrink");
        var growth = GrowthRun.Run(sizes.Nodes);
        progress.Begin("Blocks: nodes that random keys come into");
        var nodes = new List<NodeFigures>();
        foreach (var keysANode in KeysANode)
        {
            stop.ThrowIfCancellationRequested();
            nodes.Add(new(keysANode, NodeRun.Run(sizes.Keys, keysANode, many: true), NodeRun.Run(sizes.Keys, keysANode, many: false)));
            progress.Report((double)nodes.Count / KeysANode.Length);
        }

        progress.Begin("Blocks: in turns with the C library and mimalloc");
        for (var round = 0; round < WarmRounds; round++)
        {
            using var warm = new BlockRaces(clock, 4096, 512);
            for (var pass = 0; pass < WarmPasses; pass++)
            {
                stop.ThrowIfCancellationRequested();
                warm.RunPass();
            }

            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
        }

        using var races = new BlockRaces(clock, sizes.Items, sizes.Chunk);
        for (var pass = 0; pass < passes || (pass < 2 * passes && races.All.Min(race => race.FairPasses) < passes); pass++)
        {
            stop.ThrowIfCancellationRequested();
            races.RunPass();
            progress.Report((pass + 1.0) / (2 * passes));
        }

        return new([.. races.All.Select(race => race.Result())], growth, [.. nodes]);
    }
}

/// <summary>How much is done.</summary>
internal sealed record BlockSizes(int Items, int Chunk, int Nodes, int Keys)
{
    public static BlockSizes Full { get; } = new(1 << 19, 1 << 17, 500_000, 10_000_000);
}

/// <summary>Bytes of pages for each live one, by how what is left is given back.</summary>
internal sealed record NodeFigures(int KeysANode, double Many, double OneByOne);

/// <summary>What the run found.</summary>
internal sealed record BlockFigures(RaceResult[] Races, GrowthFigures Growth, NodeFigures[] Nodes);
