using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Rcu;

/// <summary>Alloc.Rcu beside liburcu, Concurrency Kit and LightEpoch: every pass runs every race once, so that all share the machine's good and bad minutes.</summary>
internal sealed class RcuJob(RcuSizes sizes, int passes, IClock clock, IProgressSink progress, CancellationToken stop)
{
    /// <summary>A tier of the compiler takes over a loop after its thirtieth call and a tenth of a second.</summary>
    private const int WarmRounds = 4;

    public RcuFigures Run()
    {
        progress.Begin("Rcu: building the peers, warming up");
        using var stage = new RcuStage(Math.Max(sizes.DeferChunk, 4096));
        stage.Verify(Math.Min(sizes.Defers, 4096));
        Warm(stage);

        progress.Begin("Rcu: in turns with its peers");
        var races = new RcuRaces(stage, sizes, clock);
        var scaling = new ReaderScaling(stage, sizes.ReadsAThread);
        for (var pass = 0; pass < passes || (pass < 2 * passes && races.All.Min(race => race.FairPasses) < passes); pass++)
        {
            stop.ThrowIfCancellationRequested();
            races.RunPass();
            scaling.Round();
            progress.Report((pass + 1.0) / (2 * passes));
        }

        return new RcuFigures([.. races.All.Select(race => race.Result())], scaling.Result(), ManagedBytes.Measure(stage), [.. stage.Skipped]);
    }

    private void Warm(RcuStage stage)
    {
        for (var round = 0; round < WarmRounds; round++)
        {
            stop.ThrowIfCancellationRequested();
            var races = new RcuRaces(stage, RcuSizes.Warm, clock);
            var scaling = new ReaderScaling(stage, RcuSizes.Warm.ReadsAThread);
            for (var pass = 0; pass < 4; pass++)
            {
                races.RunPass();
                scaling.Round();
            }

            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
        }
    }
}

/// <summary>What the run found.</summary>
internal sealed record RcuFigures(RaceResult[] Races, ScalingResult[] Scaling, AllocationResult[] Allocations, string[] Skipped);
