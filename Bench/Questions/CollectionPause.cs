using System.Collections.Concurrent;
using System.Diagnostics;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;
using Alloc.PageTable;

namespace Alloc.Bench.Questions;

/// <summary>What a full blocking collection takes while an index is alive, against its entries.</summary>
internal sealed class CollectionPause : IQuestion
{
    public string Name => "collection";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        var (ns, table, map) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var n in sizes.Decades)
        {
            stop.ThrowIfCancellationRequested();
            ns.Add(n);
            table.Add(WithTable(n));
            map.Add(WithMap(n));
        }

        double[] xs = [.. ns];
        return new Answer("How long does a collection stop the program?",
            $"With {Format.Number((long)xs[^1])} entries in the table a full blocking collection takes {Format.Duration(table[^1])}: the collector sees none of them. "
                + $"With as many in a ConcurrentDictionary it takes {Format.Duration(map[^1])}, an object for each entry being looked at.",
            new Drawing("A full blocking collection", "Median of five, nothing else alive; both axes logarithmic.", "entries", "time of a collection",
                [new ChartSeries("RadixTable", Palette.Of("RadixTable"), xs, [.. table]), new ChartSeries("ConcurrentDictionary", Palette.Of("ConcurrentDictionary"), xs, [.. map])])
            {
                LogX = true,
                LogY = true,
                Times = true,
            });
    }

    private static double WithTable(int n)
    {
        using var table = new RadixTable<ulong>();
        for (ulong key = 0; key < (ulong)n; key++)
        {
            table[key] = key;
        }

        return Collect();
    }

    private static double WithMap(int n)
    {
        var map = new ConcurrentDictionary<ulong, ulong>(Environment.ProcessorCount, n);
        for (ulong key = 0; key < (ulong)n; key++)
        {
            map[key] = key;
        }

        var took = Collect();
        GC.KeepAlive(map);
        return took;
    }

    private static double Collect()
    {
        GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        return Quantiles.Median([.. Enumerable.Range(0, 5).Select(_ =>
        {
            var began = Stopwatch.GetTimestamp();
            GC.Collect(2, GCCollectionMode.Forced, blocking: true);
            return Stopwatch.GetElapsedTime(began).TotalNanoseconds;
        })]);
    }
}
