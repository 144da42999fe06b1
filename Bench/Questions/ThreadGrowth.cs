using System.Diagnostics;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Questions;

/// <summary>Operations a second by one thread, two, … up to the machine's cores, each on its own part of the keys.</summary>
internal sealed class ThreadGrowth : IQuestion
{
    /// <summary>Long enough that waking the threads does not count.</summary>
    private const int Repeats = 8;

    public string Name => "threads";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        var set = KeySets.Dense(Math.Min(sizes.Entries, 1_000_000));
        string[] names = [RadixTableReaderKind.PeerName, ConcurrentDictionaryKind.PresizedName, NonBlockingKind.PeerName, LockedDictionaryKind.PeerName];
        var cores = Math.Max(2, Environment.ProcessorCount);
        var (lookups, writes) = (new List<ChartSeries>(), new List<ChartSeries>());
        lookups.Add(new ChartSeries("arithmetic only: the machine", Palette.Of("flat array"), [], [.. Enumerable.Range(1, cores).Select(n => Arithmetic(n, sizes.Passes))]));
        foreach (var name in names)
        {
            stop.ThrowIfCancellationRequested();
            using var peer = PeerCatalog.Named(name).Create(set.Count);
            peer.Insert(set.Shuffled, set.ShuffledValues);
            Rates(peer, set, 1, sizes.Passes, out _, out _); // for the compiler
            double[] threads = [.. Enumerable.Range(1, cores).Select(n => (double)n)], read = new double[cores], write = new double[cores];
            for (var n = 1; n <= cores; n++)
            {
                Rates(peer, set, n, sizes.Passes, out read[n - 1], out write[n - 1]);
            }

            lookups.Add(new ChartSeries(name, Palette.Of(name), threads, read));
            writes.Add(new ChartSeries(name + ", writes", Palette.Of(name), threads, write));
        }

        double Growth(ChartSeries line) => line.Y[^1] / line.Y[0];
        return new Answer("How do the rates grow with threads?",
            $"With {cores} threads arithmetic reaches {Format.Ratio(Growth(lookups[0]))} of one thread, the table's lookups {Format.Ratio(Growth(lookups[1]))} and its removals and inserts in separate regions {Format.Ratio(Growth(writes[0]))} of one thread; "
                + $"ConcurrentDictionary reaches {Format.Ratio(Growth(lookups[2]))} and {Format.Ratio(Growth(writes[1]))}, the locked dictionary {Format.Ratio(Growth(lookups[4]))} and {Format.Ratio(Growth(writes[3]))}. "
                + "Beyond this machine's cores only reasoning helps: a lookup of the table writes to no shared line; an overwrite, an insert or a removal writes one (its word; the count is a "
                + "tally of the thread's own), and one insert in 512 dense ones allocates or retires a page from the thread's cache.",
            new Drawing("Million operations a second", "Lookups, and pairs of removal and insert in regions of each thread's own; more is better.", "threads", "million operations a second", [.. lookups, .. writes])
            {
                Groups = [.. Enumerable.Range(1, cores).Select(n => $"{n} thread{(n > 1 ? "s" : "")}")],
            });
    }

    private static double Arithmetic(int threads, int passes)
    {
        const int Steps = 20_000_000;
        using var team = new ThreadTeam(threads);
        var rates = new double[passes];
        for (var pass = -2; pass < passes; pass++)
        {
            var began = Stopwatch.GetTimestamp();
            team.Run(_ =>
            {
                var x = 1UL;
                for (var i = 0; i < Steps; i++)
                {
                    x ^= x << 13;
                    x ^= x >> 7;
                    x ^= x << 17;
                }

                return x;
            });
            rates[Math.Max(0, pass)] = (double)threads * Steps / Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        return Quantiles.Median(rates);
    }

    // Every thread has a part of the keys that lies together: what different threads write shares no line but by chance at the borders.
    private static void Rates(IndexPeer peer, KeySet set, int threads, int passes, out double lookups, out double writes)
    {
        using var team = new ThreadTeam(threads);
        var part = set.Count / Math.Max(2, Environment.ProcessorCount);
        var (keys, values) = (new ulong[threads][], new ulong[threads][]);
        for (var i = 0; i < threads; i++)
        {
            keys[i] = set.Sorted[(i * part)..((i + 1) * part)];
            new SplitMix64((ulong)i + 5).Shuffle(keys[i]);
            values[i] = Array.ConvertAll(keys[i], KeySet.ValueOf);
        }

        var sum = values.SelectMany(one => one).Aggregate(0UL, (total, value) => total + value);
        var (reads, changes) = (new double[passes], new double[passes]);
        for (var pass = 0; pass < passes; pass++)
        {
            reads[pass] = Rate(Repeats * part * threads, Repeats * sum, () => team.Run(me =>
            {
                using var view = peer.ForThisThread();
                var found = 0UL;
                for (var i = 0; i < Repeats; i++)
                {
                    found += view.Lookup(keys[me]);
                }

                return found;
            }));
            changes[pass] = Rate(2 * part * threads, 2UL * (ulong)(part * threads), () => team.Run(me =>
            {
                using var view = peer.ForThisThread();
                return view.Remove(keys[me]) + view.Insert(keys[me], values[me]);
            }));
        }

        (lookups, writes) = (Quantiles.Median(reads), Quantiles.Median(changes));

        double Rate(int operations, ulong expected, Func<ulong> run)
        {
            var began = Stopwatch.GetTimestamp();
            var got = run();
            var took = Stopwatch.GetElapsedTime(began);
            return got == expected ? operations / took.TotalMicroseconds : throw new WrongChecksumException("threads", peer.Name, expected, got);
        }
    }
}
