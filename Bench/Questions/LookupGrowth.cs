using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Questions;

/// <summary>The time of a lookup against the number of entries, for independent and for dependent lookups, beside the hash map and the flat array.</summary>
internal sealed class LookupGrowth(string pattern, bool dependent) : IQuestion
{
    private const int MostLookups = 1_000_000;
    private const int Chunk = 16_384;

    public string Name => $"growth-{pattern}{(dependent ? "-dependent" : "")}";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        var kinds = new[] { RadixTableReaderKind.PeerName, ConcurrentDictionaryKind.PresizedName, FlatArrayKind.PeerName, "Judy (C)" }
            .Select(PeerCatalog.Named).Where(kind => kind.Missing is null).ToArray();
        var points = kinds.ToDictionary(kind => kind, _ => new List<(double N, double Time)>());
        foreach (var n in (int[])[1000, .. sizes.Decades])
        {
            stop.ThrowIfCancellationRequested();
            var set = KeySets.Create(pattern, n);
            PeerKind[] fitting = [.. kinds.Where(kind => kind.Fits(set))];
            var series = new InterleavedSeries("lookup", [.. fitting.Select(kind => kind.Name)], new MachineClock());
            IndexPeer[] peers = [.. fitting.Select(kind => kind.Create(n))];
            foreach (var peer in peers)
            {
                peer.Insert(set.Shuffled, set.ShuffledValues);
                peer.Remove(set.Shuffled.AsSpan(0, n * 3 / 10));
                peer.Insert(set.Shuffled, set.ShuffledValues);
            }

            Look(series, peers, set, sizes);
            var result = series.Summarize();
            for (var i = 0; i < peers.Length; i++)
            {
                points[fitting[i]].RemoveAll(point => point.N == n); // the first round of all was for the compiler
                points[fitting[i]].Add((n, result.Contenders[i].Median));
                peers[i].Dispose();
            }
        }

        var (table, map) = (points[kinds[0]], points[kinds[1]]);
        ChartSeries[] lines =
        [
            .. kinds.Where(kind => points[kind].Count > 0).Select(kind =>
                new ChartSeries(kind.Name, Palette.Of(kind.Name), [.. points[kind].Select(p => p.N)], [.. points[kind].Select(p => p.Time)])),
        ];
        var (first, last) = (table[0], table[^1]);
        var kindOfLookup = dependent ? "Dependent lookups" : "Lookups";
        return new Answer($"How does the time of a lookup grow with N? {(dependent ? "Dependent" : "Independent")} lookups, {pattern} keys",
            $"From {Format.Number((long)first.N)} to {Format.Number((long)last.N)} {pattern} keys a lookup of the table goes from {Format.Duration(first.Time)} to "
                + $"{Format.Duration(last.Time)}, one of the presized ConcurrentDictionary from {Format.Duration(map[0].Time)} to {Format.Duration(map[^1].Time)}. "
                + (dependent ? "Each waits for the one ahead of it, so this is the latency of the walk through caches and memory."
                    : "They are independent, so the processor overlaps as many as its window holds, which flatters the hash map."),
            new Drawing($"{kindOfLookup}, {pattern} keys", "Shuffled order, values checked, churned first; medians of interleaved passes; both axes logarithmic.", "entries", "time of a lookup", lines)
            {
                LogX = true,
                LogY = true,
                Times = true,
            });
    }

    // Small indexes are looked up again and again, so that a pass is long enough to time.
    private void Look(InterleavedSeries series, IndexPeer[] peers, KeySet set, QuestionSizes sizes)
    {
        var count = Math.Min(MostLookups, Math.Max(set.Count, sizes.Entries / 10));
        var keys = new ulong[count];
        var random = new SplitMix64(21);
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            var place = random.Next(set.Count);
            keys[i] = set.Shuffled[place];
            sum += set.ShuffledValues[place];
        }

        var zero = (ulong)(Environment.TickCount64 >>> 63);
        ChunkWork Work(IndexPeer peer) => dependent ? (at, n) => peer.LookupChain(keys.AsSpan(at, n), zero) : (at, n) => peer.Lookup(keys.AsSpan(at, n));
        for (var pass = 0; pass < sizes.Passes; pass++)
        {
            series.RunPass(count, Chunk, sum, [.. peers.Select(Work)]);
        }
    }
}
