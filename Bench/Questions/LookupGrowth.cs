using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Questions;

/// <summary>
/// The time of a lookup against the number of entries beside the hash map, the flat array and Judy: independent lookups, of which the processor overlaps
/// many, and dependent ones, which show the latency of the walk.
/// </summary>
internal sealed class LookupGrowth(string pattern) : IQuestion
{
    private const int MostLookups = 1_000_000;
    private const int Chunk = 16_384;

    public string Name => $"growth-{pattern}";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        var kinds = new[] { RadixTableReaderKind.PeerName, ConcurrentDictionaryKind.PresizedName, FlatArrayKind.PeerName, "Judy (C)" }
            .Select(PeerCatalog.Named).Where(kind => kind.Missing is null).ToArray();
        var points = kinds.ToDictionary(kind => kind, _ => new List<(double N, double Free, double Chain)>());
        foreach (var n in (int[])[1000, .. sizes.Decades])
        {
            stop.ThrowIfCancellationRequested();
            var set = KeySets.Create(pattern, n);
            PeerKind[] fitting = [.. kinds.Where(kind => kind.Fits(set))];
            var (free, chain) = Measure(set, fitting, sizes);
            for (var i = 0; i < fitting.Length; i++)
            {
                points[fitting[i]].RemoveAll(point => point.N == n); // the first round of all was for the compiler
                points[fitting[i]].Add((n, free.Contenders[i].Median, chain.Contenders[i].Median));
            }
        }

        var (first, last, map) = (points[kinds[0]][0], points[kinds[0]][^1], points[kinds[1]][^1]);
        ChartSeries[] Lines(Func<(double N, double Free, double Chain), double> time) =>
        [
            .. kinds.Where(kind => points[kind].Count > 0).Select(kind =>
                new ChartSeries(kind.Name, Palette.Of(kind.Name), [.. points[kind].Select(p => p.N)], [.. points[kind].Select(time)])),
        ];
        Drawing Draw(string kind, ChartSeries[] lines) => new($"{kind} lookups, {pattern} keys",
            "Shuffled order, values checked, churned first; medians of interleaved passes; both axes logarithmic.", "entries", "time of a lookup", lines)
        {
            LogX = true,
            LogY = true,
            Times = true,
        };
        return new Answer($"How does the time of a lookup grow with N? {pattern} keys",
            $"From {Format.Number((long)first.N)} to {Format.Number((long)last.N)} {pattern} keys an independent lookup of the table goes from {Format.Duration(first.Free)} to "
                + $"{Format.Duration(last.Free)} (the presized ConcurrentDictionary: {Format.Duration(map.Free)}): the processor overlaps as many as its window holds, which flatters the hash map. "
                + $"A lookup that waits for the one ahead of it goes from {Format.Duration(first.Chain)} to {Format.Duration(last.Chain)} (the dictionary: {Format.Duration(map.Chain)}).",
            Draw("Independent", Lines(point => point.Free)))
        {
            Second = Draw("Dependent", Lines(point => point.Chain)),
        };
    }

    // Small indexes are looked up again and again, so that a pass is long enough to time.
    private static (SeriesResult Free, SeriesResult Chain) Measure(KeySet set, PeerKind[] kinds, QuestionSizes sizes)
    {
        string[] names = [.. kinds.Select(kind => kind.Name)];
        var (free, chain) = (new InterleavedSeries("lookup", names, new MachineClock()), new InterleavedSeries("dependent lookup", names, new MachineClock()));
        IndexPeer[] peers = [.. kinds.Select(kind => kind.Create(set.Count))];
        foreach (var peer in peers)
        {
            var some = set.Count * 3 / 10;
            peer.Insert(set.Shuffled, set.ShuffledValues);
            peer.Remove(set.Shuffled.AsSpan(0, some));
            peer.Insert(set.Shuffled.AsSpan(0, some), set.ShuffledValues.AsSpan(0, some));
        }

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
        for (var pass = 0; pass < sizes.Passes; pass++)
        {
            free.RunPass(count, Chunk, sum, [.. peers.Select(peer => (ChunkWork)((at, n) => peer.Lookup(keys.AsSpan(at, n))))]);
            chain.RunPass(count, Chunk, sum, [.. peers.Select(peer => (ChunkWork)((at, n) => peer.LookupChain(keys.AsSpan(at, n), zero)))]);
        }

        Array.ForEach(peers, peer => peer.Dispose());
        return (free.Summarize(), chain.Summarize());
    }
}
