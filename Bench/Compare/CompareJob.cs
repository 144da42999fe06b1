using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>
/// The third part of the main job: the same operations on the same keys in the same order by every contender, in turns.
/// </summary>
internal sealed class CompareJob(KeySet mirrored, bool quick, IClock clock, IProgressSink progress, CancellationToken stop)
{
    private int Entries => quick ? 40_000 : 400_000;

    private PassBudget Budget => quick ? new PassBudget(8, TimeSpan.FromSeconds(2)) : new PassBudget(25, TimeSpan.FromSeconds(9));

    public CompareFigures Run()
    {
        progress.Begin("Compare: warming up");
        WarmUp.Operations<ulong>(PeerCatalog.Main, clock, progress, stop);
        KeySet[] sets = [mirrored, KeySets.Dense(Entries), KeySets.Clustered(Entries)];
        var results = new List<CompareSet>();
        foreach (var set in sets.Where(set => set.Count > 0))
        {
            progress.Begin($"Compare: {set.Name} keys");
            using var scenario = new OperationScenario<ulong>(set, PeerCatalog.Main, clock);
            Budget.Run(scenario, progress.Report, stop);
            results.Add(new CompareSet(set.Name, set.Count, [.. scenario.Series.Select(series => series.Summarize())], []));
        }

        progress.Begin("Compare: memory, each in its own process");
        foreach (var result in results)
        {
            var set = sets.Single(set => set.Name == result.Keys);
            result.Memory.AddRange(MemoryChild.MeasureAll(PeerCatalog.Main.Where(PeerCatalog.IsIndex), set, stop));
            progress.Report((double)(results.IndexOf(result) + 1) / results.Count);
        }

        return new CompareFigures(results);
    }
}
