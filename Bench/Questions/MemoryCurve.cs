using System.Globalization;
using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Mirror;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Questions;

/// <summary>
/// Bytes an entry while an index grows from one entry to the most, in shuffled order: the worst moments between two sizes count, not only
/// round ones. Each index grows in a process of its own.
/// </summary>
internal sealed class MemoryCurve(string pattern) : IQuestion
{
    public const string Command = "child-curve";
    private const double Step = 1.15;

    /// <summary>With fewer entries the growth of the process is that of its code and heap, not of the index.</summary>
    private const int FewestResident = 100_000;

    public string Name => $"memory-{pattern}";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        // The hash map's bytes do not depend on the keys.
        var kinds = new[] { RadixTableKind.PeerName, ConcurrentDictionaryKind.PeerName, "Judy (C)" }.Select(PeerCatalog.Named).Where(kind => kind.Missing is null);
        var lines = new List<ChartSeries>();
        var table = new List<double[]>();
        foreach (var kind in kinds)
        {
            stop.ThrowIfCancellationRequested();
            var points = Grow(kind.Name, pattern, kind.Name == RadixTableKind.PeerName ? sizes.Entries : Math.Min(sizes.Entries, 3_000_000));
            double[] xs = [.. points.Select(point => point[0])];
            lines.Add(new ChartSeries($"{kind.Name}, live", Palette.Of(kind.Name), xs, [.. points.Select(point => point[1])]));
            if (kind.Name == RadixTableKind.PeerName)
            {
                table = points;
                var late = points.FindAll(point => point[0] >= FewestResident);
                lines.Add(new ChartSeries("resident", Palette.Of(RadixTableSectionKind.PeerName), [.. late.Select(point => point[0])], [.. late.Select(point => point[2])]));
            }
        }

        var worst = table.Where(point => point[0] >= 10_000).DefaultIfEmpty(table[^1]).MaxBy(point => point[1])!;
        var last = table[^1];
        return new Answer($"How many bytes does an entry take? {pattern} keys",
            $"At {Format.Number((long)last[0])} {pattern} keys the table holds {Format.Number(last[1], 1)} bytes an entry and {Format.Number(last[2], 1)} are resident. The worst moment from "
                + $"10,000 entries on is at {Format.Number((long)worst[0])}: {Format.Number(worst[1], 1)} live bytes an entry.",
            new Drawing($"Bytes an entry against entries, {pattern} keys", "Inserted in shuffled order, looked at every 15 %; both axes logarithmic.", "entries", "bytes an entry", [.. lines])
            {
                LogX = true,
                LogY = true,
            })
        {
            Table = new DataTable(["entries", "live", "resident"],
                [.. table.Where((_, i) => i % 8 == 0 || i == table.Count - 1).Select(point => (string[])[Format.Number((long)point[0]), Format.Number(point[1], 1), point[0] >= FewestResident ? Format.Number(point[2], 1) : ""])]),
        };
    }

    /// <summary>The child's side: a line for each moment.</summary>
    public static int Run(string pattern, string peer, int most)
    {
        var set = KeySets.Create(pattern, most);
        var kind = PeerCatalog.Named(peer);
        using (var first = kind.Create(most))
        {
            var some = Math.Min(FewestResident, most);
            first.Insert(set.Shuffled.AsSpan(0, some), set.ShuffledValues.AsSpan(0, some));
        }

        var resident = MemorySampler.ResidentBytesAfterCollection();
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        using var index = kind.Create(most);
        var next = 1.0;
        for (var at = 0; at < most;)
        {
            var until = Math.Min(most, Math.Max(at + 1, (int)next));
            if (index.Insert(set.Shuffled.AsSpan(at, until - at), set.ShuffledValues.AsSpan(at, until - at)) != (ulong)(until - at))
            {
                Console.Error.WriteLine($"{peer} does not take what is inserted.");
                return ExitCode.CheckFailed;
            }

            at = until;
            var isManaged = index.NativeBytes == 0;

            // A full collection at each moment takes too long for more of them.
            next = Math.Max(next * (isManaged ? Step * Step * Step * Step : Step), at + 1);
            var live = isManaged ? GC.GetTotalMemory(forceFullCollection: true) - managed : index.NativeBytes ?? double.NaN;
            var grown = MemorySampler.ResidentBytes() - resident;
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at} {live / at:0.###} {Math.Max(0, grown) / (double)at:0.###}"));
        }

        GC.KeepAlive(set);
        return ExitCode.Ok;
    }

    private static List<double[]> Grow(string peer, string pattern, int most)
    {
        using var child = ChildProcess.Start(Command, pattern, peer, $"{most}");
        return [.. child.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray())];
    }
}
