using System.Diagnostics;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Questions;

/// <summary>A reader while another thread maps and unmaps 512 pages at a time as fast as it can: its processor time a lookup, beside the same alone.</summary>
internal sealed class Storm : IQuestion
{
    private const ulong StormAt = 1UL << 40;
    private const int PagesPerStep = 512;

    public string Name => "storm";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        var set = KeySets.Clustered(Math.Min(sizes.Entries, 500_000));
        string[] names = [RadixTableReaderKind.PeerName, ConcurrentDictionaryKind.PeerName, NonBlockingKind.PeerName, LockedDictionaryKind.PeerName];
        var (alone, beside, steps) = (new double[names.Length], new double[names.Length], new double[names.Length]);
        for (var i = 0; i < names.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            (alone[i], beside[i], steps[i]) = Measure(PeerCatalog.Named(names[i]), set, sizes.Passes);
        }

        return new Answer("What do readers feel of a mapping and unmapping storm?",
            $"A reader of the table spends {Format.Duration(alone[0])} of processor time a lookup alone and {Format.Duration(beside[0])} beside a thread that maps and unmaps "
                + $"{Format.Number((long)steps[0])} times 512 pages a second: it waits for nobody. A reader of the locked dictionary goes from {Format.Duration(alone[3])} to {Format.Duration(beside[3])}, "
                + $"of ConcurrentDictionary from {Format.Duration(alone[1])} to {Format.Duration(beside[1])}.",
            new Drawing("Processor time of a lookup, alone and in the storm", "Medians; every value found is checked.", "", "time of a lookup",
                [new ChartSeries("alone", Palette.Of("ConcurrentDictionary, presized"), [], alone), new ChartSeries("in the storm", Palette.Of("None"), [], beside)])
            {
                Groups = names,
                Times = true,
            })
        {
            Table = new DataTable(["index", "alone", "in the storm", "steps of the storm a second"],
                [.. names.Select((name, i) => (string[])[name, Format.Duration(alone[i]), Format.Duration(beside[i]), Format.Number((long)steps[i])])]),
        };
    }

    private static (double Alone, double Beside, double Steps) Measure(PeerKind kind, KeySet set, int passes)
    {
        using var index = kind.Create(set.Count + PagesPerStep);
        index.Insert(set.Shuffled, set.ShuffledValues);
        using var view = index.ForThisThread();
        var sum = set.ValueSum();
        double Cost()
        {
            var began = CpuTime.OfThread();
            var found = view.Lookup(set.Shuffled);
            var took = (double)(CpuTime.OfThread() - began) / set.Count;
            return found == sum ? took : throw new WrongChecksumException("storm", kind.Name, sum, found);
        }

        for (var warm = 0; warm < 40 && warm * set.Count < 4_000_000; warm++)
        {
            Cost();
        }

        double[] alone = [.. Enumerable.Range(0, passes).Select(_ => Cost())];
        var stopping = false;
        long steps = 0;
        var writer = new Thread(() =>
        {
            using var mine = index.ForThisThread();
            var keys = new ulong[PagesPerStep];
            var values = new ulong[PagesPerStep];
            Array.Fill(values, 1UL);
            for (var at = StormAt; !Volatile.Read(ref stopping); at += PagesPerStep)
            {
                for (var i = 0; i < PagesPerStep; i++)
                {
                    keys[i] = at + (ulong)i;
                }

                mine.Insert(keys, values);
                mine.RemoveRange(at, at + PagesPerStep - 1);
                steps++;
            }
        });
        writer.Start();
        var began = Stopwatch.GetTimestamp();
        double[] beside = [.. Enumerable.Range(0, passes).Select(_ => Cost())];
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Volatile.Write(ref stopping, true);
        writer.Join();
        return (Quantiles.Median(alone), Quantiles.Median(beside), steps / seconds);
    }
}
