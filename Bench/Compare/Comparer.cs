using Alloc.Bench.Measure;
using Alloc.Bench.Mirror;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>Runs the workloads that were asked for, one after the other; inside each the contenders take turns.</summary>
internal sealed class Comparer(CompareOptions options, IClock clock, IProgressSink progress, CancellationToken stop)
{
    private readonly PassBudget _budget = new(options.MostPasses, options.Time);

    public CompareRun Run(string command)
    {
        var run = new CompareRun(DateTimeOffset.Now, command, options.Quick, MachineInfo.Read());
        progress.Begin("Compare: building the foreign peers");
        var kinds = Contenders(run.Skipped);
        bool Wants(string workload) => options.Workloads.Contains(workload);

        progress.Begin("Compare: warming up");
        WarmUp.Operations<ulong>(kinds, clock, progress, stop);
        KeySet[] sets = [.. options.Patterns.Select(pattern => KeySets.Create(pattern, options.Entries))];
        if (Wants("process"))
        {
            sets = [.. sets, ProcessMap(run.Skipped)];
        }

        foreach (var set in sets.Where(set => set.Count > 0))
        {
            if (Wants("patterns") || set.Name == "process map")
            {
                Measure(run, new OperationScenario<ulong>(set, kinds, clock));
            }
        }

        var main = sets.FirstOrDefault(set => set.Name == "clustered") ?? sets.First();
        if (Wants("values"))
        {
            Values(run, kinds, main);
        }

        if (Wants("zipf"))
        {
            Measure(run, new ZipfScenario(main, kinds, clock));
        }

        if (Wants("mixed"))
        {
            Measure(run, new MixedScenario(main, 5, kinds, clock));
            Measure(run, new MixedScenario(main, 50, kinds, clock));
        }

        if (Wants("zap"))
        {
            Measure(run, new MapZapScenario(kinds, clock));
        }

        if (options.TraceFile is { } trace)
        {
            Measure(run, new TraceScenario(Path.GetFileName(trace), TraceFile.Read(trace), kinds, clock));
        }

        if (Wants("memory"))
        {
            progress.Begin("Compare: memory, each in its own process");
            foreach (var set in sets.Where(set => run.Sets.Exists(result => result.Keys == set.Name)))
            {
                var memory = MemoryChild.MeasureAll(kinds.Where(kind => PeerCatalog.IsIndex(kind) && kind.Fits(set)), set, stop);
                run.Sets.Find(result => result.Keys == set.Name)!.Memory.AddRange(memory);
                progress.Report((Array.IndexOf(sets, set) + 1.0) / sets.Length);
            }
        }

        if (Wants("latency"))
        {
            progress.Begin($"Compare: latency of {1000 / (LatencyChild.NanosecondsBetween / 1000)},000 operations a second, each in its own process");
            PeerKind[] fitting = [PeerCatalog.Nothing, .. kinds.Where(kind => kind.Fits(main) && kind.Name != RadixTableSectionKind.PeerName)];
            run.Latencies.AddRange(LatencyChild.MeasureAll(fitting, main, options.Quick ? 1 : 2, TimeSpan.FromSeconds(options.Quick ? 0.3 : 1.5), progress.Report, stop));
        }

        return run;
    }

    private List<PeerKind> Contenders(List<string> skipped)
    {
        var kinds = new List<PeerKind>();
        foreach (var kind in PeerCatalog.All)
        {
            var isTable = kind.Name == RadixTableKind.PeerName;
            if (!isTable && options.Peers.Length > 0 && !options.Peers.Any(part => kind.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            if (kind.Missing is { } problem)
            {
                skipped.Add($"{kind.Name} skipped: {problem}");
                continue;
            }

            kinds.Add(kind);
        }

        return kinds;
    }

    private KeySet ProcessMap(List<string> skipped)
    {
        using var used = new UsedMemory(options.Quick ? 0.2 : 1);
        if (PagemapSource.TryOpen(Environment.ProcessId, out var problem) is not { } source)
        {
            skipped.Add($"The process map is skipped: {problem}");
            return KeySet.FromSorted("process map", [], []);
        }

        using (source)
        {
            var snapshot = new Snapshot();
            source.Read(snapshot);
            return KeySet.FromSorted("process map", snapshot.Keys.ToArray(), snapshot.Words.ToArray());
        }
    }

    private void Values(CompareRun run, List<PeerKind> kinds, KeySet set)
    {
        var some = KeySets.Create(set.Name == "process map" ? "dense" : set.Name, Math.Max(1000, options.Entries / 2));
        progress.Begin("Compare: warming up wide values");
        WarmUp.Operations<Wide16>(kinds, clock, progress, stop);
        WarmUp.Operations<Wide32>(kinds, clock, progress, stop);
        Measure(run, new OperationScenario<ulong>(KeySets.WithWideWords(some), kinds, clock));
        Measure(run, new OperationScenario<Wide16>(some, kinds, clock, $"{some.Name}, values of 16 bytes"));
        Measure(run, new OperationScenario<Wide32>(some, kinds, clock, $"{some.Name}, values of 32 bytes"));
    }

    private void Measure(CompareRun run, IScenario scenario)
    {
        using (scenario)
        {
            progress.Begin($"Compare: {scenario.Name}");
            _budget.Run(scenario, progress.Report, stop);
            run.Sets.Add(new CompareSet(scenario.Name, scenario.Entries, [.. scenario.Series.Select(series => series.Summarize())], []));
        }
    }
}
