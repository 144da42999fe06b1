using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;
using Alloc.PageTable;

namespace Alloc.Bench.Questions;

/// <summary>
/// What each kind of terminal node costs, on keys that make the table use (nearly) that kind only, as its statistics confirm; and what one more
/// directory above costs, by keys of which each has a path of its own.
/// </summary>
internal sealed class NodeKinds : IQuestion
{
    private const int Chunk = 8192;
    private static readonly string[] Operations = ["hit", "dependent hit", "miss", "insert", "removal"];

    public string Name => "kinds";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        var entries = sizes.IsQuick ? 20_000 : 100_000;
        (string Kind, KeySet Set)[] cases =
        [
            ("leaf tables", Spans("full", entries, 512, aligned: true)),
            ("runs", Spans("windows", entries, 40, aligned: false)),
            ("buckets", KeySets.Random(entries, 64)),
            ("buckets under more directories", Isolated(entries)),
        ];
        var times = new double[cases.Length][];
        var rows = new List<string[]>();
        for (var i = 0; i < cases.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            (times[i], var census) = Measure(cases[i].Set, sizes.Passes);
            rows.Add([cases[i].Kind, .. times[i].Select(Format.Duration), Format.Number((double)census.TableBytes / census.Entries, 1),
                Format.Number(census.Directories), Format.Number(census.LeafTables), Format.Number(census.Runs), Format.Number(census.Buckets)]);
        }

        return new Answer("What does each kind of node cost?",
            $"Of {Format.Number(entries)} keys a hit takes {Format.Duration(times[0][0])} in leaf tables, {Format.Duration(times[1][0])} in runs and {Format.Duration(times[2][0])} in buckets, an insert "
                + $"{Format.Duration(times[0][3])}, {Format.Duration(times[1][3])} and {Format.Duration(times[2][3])}, growth included. Keys of which each lies alone in its own neighbourhood, with more directories above "
                + $"the same buckets, take {Format.Duration(times[3][0])} a hit.",
            new Drawing("Time of an operation, by the kind of node", "Through a reader, shuffled order; medians of the passes.", "", "time of an operation",
                [.. cases.Select((one, i) => new ChartSeries(one.Kind, Colors[i], [], times[i]))])
            {
                Groups = Operations,
                Times = true,
            })
        {
            Table = new DataTable(["keys that make", .. Operations, "bytes an entry", "directories", "leaf tables", "runs", "buckets"], [.. rows]) { Expendable = [4, 5] },
        };
    }

    private static string[] Colors => [Palette.Of("RadixTable"), Palette.Of("ConcurrentDictionary"), Palette.Of("SemiRcu"), Palette.Of("None")];

    // Neighbourhoods far from each other, each with so many neighbouring keys.
    private static KeySet Spans(string name, int entries, int length, bool aligned)
    {
        var random = new SplitMix64(41);
        var keys = new SortedSet<ulong>();
        while (keys.Count < entries / length * length)
        {
            var first = (random.Next() & ((1UL << 40) - 1)) & ~1023UL;
            for (var i = 0; i < length; i++)
            {
                keys.Add(first + (aligned ? 0UL : 300) + (ulong)i);
            }
        }

        ulong[] sorted = [.. keys];
        return KeySet.FromSorted(name, sorted, Array.ConvertAll(sorted, KeySet.ValueOf));
    }

    // Two keys in each of many neighbourhoods that share only short prefixes.
    private static KeySet Isolated(int entries)
    {
        ulong[] keys = [.. Enumerable.Range(0, entries / 2).SelectMany(i => (ulong[])[(ulong)i << 47 >> 3, ((ulong)i << 47 >> 3) + (1UL << 30)]).Distinct().Order()];
        return KeySet.FromSorted("isolated", keys, Array.ConvertAll(keys, KeySet.ValueOf));
    }

    private static (double[] Times, RadixTableStatistics Census) Measure(KeySet set, int passes)
    {
        var near = AbsentKeys.InPopulatedSpans(set, Math.Min(set.Count, 50_000));
        var absent = near.Length >= 1000 ? near : AbsentKeys.InEmptySpans(set, Math.Min(set.Count, 50_000));
        var all = Operations.Select(operation => new InterleavedSeries(operation, ["table"], new MachineClock())).ToArray();
        var zero = (ulong)(Environment.TickCount64 >>> 63);
        var census = default(RadixTableStatistics);
        for (var pass = 0; pass < passes + 2; pass++)
        {
            using var store = new RadixTableStore<ulong>();
            var index = new RadixTableReaderIndex<ulong>(new RadixTableIndex<ulong>(store));
            var peer = new Peer<RadixTableReaderIndex<ulong>, ulong>("table", index);
            all[3].RunPass(set.Count, Chunk, (ulong)set.Count, [(at, n) => peer.Insert(set.Shuffled.AsSpan(at, n), set.ShuffledValues.AsSpan(at, n))]);
            all[0].RunPass(set.Count, Chunk, set.ValueSum(), [(at, n) => peer.Lookup(set.Shuffled.AsSpan(at, n))]);
            all[1].RunPass(set.Count, Chunk, set.ValueSum(), [(at, n) => peer.LookupChain(set.Shuffled.AsSpan(at, n), zero)]);
            all[2].RunPass(absent.Length, Chunk, 0, [(at, n) => peer.Lookup(absent.AsSpan(at, n))]);
            census = store.Table.GetStatistics();
            all[4].RunPass(set.Count, Chunk, (ulong)set.Count, [(at, n) => peer.Remove(set.Shuffled.AsSpan(at, n))]);
            index.LeaveThread();
        }

        return ([.. all.Select(series => series.Summarize().Contenders[0].Median)], census);
    }
}
