using System.Diagnostics;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>
/// The third part of the main job: the same operations on the same keys in the same order by every contender, in turns.
/// A pass builds every index from nothing, looks up, scans, and empties it again.
/// </summary>
internal sealed class CompareJob(KeySet mirrored, bool quick, IClock clock, IProgressSink progress, CancellationToken stop)
{
    private const int Chunk = 4096;
    private const int MostMisses = 100_000;
    private const int FewestPasses = 7; // a 95 % bound of a median needs six

    private int Entries => quick ? 40_000 : 400_000;

    private int MostPasses => quick ? 8 : 25;

    private TimeSpan BudgetPerSet => TimeSpan.FromSeconds(quick ? 2 : 9);

    public CompareFigures Run()
    {
        progress.Begin("Compare: warming up");
        WarmUp();
        KeySet[] sets = [mirrored, KeySets.Dense(Entries), KeySets.Clustered(Entries)];
        var results = new List<CompareSet>();
        foreach (var set in sets.Where(set => set.Count > 0))
        {
            progress.Begin($"Compare: {set.Name} keys");
            results.Add(new CompareSet(set.Name, set.Count, Measure(set, MostPasses, progress.Report), []));
        }

        progress.Begin("Compare: memory, each in its own process");
        foreach (var result in results)
        {
            MeasureMemory(sets.Single(set => set.Name == result.Keys), result.Memory);
            progress.Report((double)(results.IndexOf(result) + 1) / results.Count);
        }

        return new CompareFigures(results);
    }

    private List<SeriesResult> Measure(KeySet set, int mostPasses, Action<double> report)
    {
        var everyone = PeerCatalog.Names;
        var indexes = PeerCatalog.Indexes;
        var insert = new InterleavedSeries("insert", indexes, clock);
        var hit = new InterleavedSeries("lookup", everyone, clock);
        var chain = new InterleavedSeries("dependent lookup", everyone, clock);
        var nearMiss = new InterleavedSeries("miss near a key", everyone, clock);
        var farMiss = new InterleavedSeries("miss far from all", everyone, clock);
        var scan = new InterleavedSeries("ordered scan", indexes, clock);
        var remove = new InterleavedSeries("removal", indexes, clock);
        var (values, order) = (set.ValueSum(), set.ScanSum());
        var near = AbsentKeys.InPopulatedSpans(set, Math.Min(set.Count, MostMisses));
        var far = AbsentKeys.InEmptySpans(set, Math.Min(set.Count, MostMisses));
        var hasNear = near.Length >= Chunk; // full spans have none
        var zero = (ulong)(Environment.TickCount64 >>> 63); // never anything else, but the compiler cannot know

        int FairPasses() => new[] { insert, hit, chain, scan, remove }.Min(series => series.FairPasses);
        var spent = Stopwatch.StartNew();
        bool GoesOn() => spent.Elapsed < BudgetPerSet || (FairPasses() < FewestPasses && spent.Elapsed < 2 * BudgetPerSet);
        for (var pass = 0; pass < mostPasses && GoesOn(); pass++)
        {
            stop.ThrowIfCancellationRequested();
            GC.Collect();
            var peers = everyone.ToDictionary(name => name, PeerCatalog.Create);
            try
            {
                ChunkWork[] Works(string[] names, Func<IndexPeer, ChunkWork> work) => [.. names.Select(name => work(peers[name]))];
                ReadOnlySpan<ulong> KeysAt(int start, int count) => set.Shuffled.AsSpan(start, count);
                ReadOnlySpan<ulong> ValuesAt(int start, int count) => set.ShuffledValues.AsSpan(start, count);

                insert.RunPass(set.Count, Chunk, (ulong)set.Count,
                    Works(indexes, peer => (start, count) => peer.Insert(KeysAt(start, count), ValuesAt(start, count))));
                peers[RadixTableSectionPeer.SectionPeerName].Insert(set.Shuffled, set.ShuffledValues);
                hit.RunPass(set.Count, Chunk, values, Works(everyone, peer => (start, count) => peer.Lookup(KeysAt(start, count))));
                chain.RunPass(set.Count, Chunk, values,
                    Works(everyone, peer => (start, count) => peer.LookupChain(KeysAt(start, count), zero)));
                if (hasNear)
                {
                    nearMiss.RunPass(near.Length, Chunk, 0, Works(everyone, peer => (start, count) => peer.Lookup(near.AsSpan(start, count))));
                }

                farMiss.RunPass(far.Length, Chunk, 0, Works(everyone, peer => (start, count) => peer.Lookup(far.AsSpan(start, count))));
                scan.RunPass(set.Count, set.Count, order, Works(indexes, peer => (_, _) => peer.ScanInOrder()));
                remove.RunPass(set.Count, Chunk, (ulong)set.Count,
                    Works(indexes, peer => (start, count) => peer.Remove(KeysAt(start, count))));
            }
            finally
            {
                foreach (var peer in peers.Values)
                {
                    peer.Dispose();
                }
            }

            report(Math.Max((pass + 1.0) / mostPasses, spent.Elapsed / BudgetPerSet));
        }

        InterleavedSeries[] all = [insert, hit, chain, .. hasNear ? (InterleavedSeries[])[nearMiss] : [], farMiss, scan, remove];
        return [.. all.Select(series => series.Summarize())];
    }

    /// <summary>Every loop often enough for the compiler's last tier, and time for it to get there.</summary>
    private void WarmUp()
    {
        var small = KeySets.Clustered(20_000, seed: 2);
        for (var round = 0; round < 3; round++)
        {
            Measure(small, 1, _ => { });
            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(250));
            progress.Report((round + 1) / 3.0);
        }
    }

    private void MeasureMemory(KeySet set, List<MemoryFigures> into)
    {
        var file = Path.GetTempFileName();
        try
        {
            KeyFile.Write(file, set);
            foreach (var peer in PeerCatalog.Indexes)
            {
                stop.ThrowIfCancellationRequested();
                into.Add(MemoryChild.Measure(peer, file));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }
}
