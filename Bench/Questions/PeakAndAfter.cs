using System.Globalization;
using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Mirror;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Questions;

/// <summary>What stays resident of a peak: an index is filled, emptied to one in a hundred, and asked to give memory back, in a process of its own.</summary>
internal sealed class PeakAndAfter : IQuestion
{
    public const string Command = "child-peak";
    private static readonly string[] Moments = ["full", "emptied to 1 %", "after Trim and a collection"];

    public string Name => "peak";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        var entries = Math.Min(sizes.Entries, 2_000_000);
        PeerKind[] kinds =
        [
            .. new[] { RadixTableKind.PeerName, ConcurrentDictionaryKind.PeerName, LockedDictionaryKind.PeerName, SortedDictionaryKind.PeerName, "Judy (C)" }
                .Select(PeerCatalog.Named).Where(kind => kind.Missing is null),
        ];
        var lines = new List<ChartSeries>();
        foreach (var kind in kinds)
        {
            stop.ThrowIfCancellationRequested();
            using var child = ChildProcess.Start(Command, kind.Name, $"{entries}");
            double[] bytes = [.. child.ReadToEnd().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            lines.Add(new ChartSeries(kind.Name, Palette.Of(kind.Name), [], [.. bytes.Select(one => one / 1048576)]));
        }

        double Left(ChartSeries line) => line.Y[^1] / line.Y[0];
        return new Answer("What stays resident after a peak?",
            $"Of {Format.Number(lines[0].Y[0], 1)} MB at {Format.Number(entries)} clustered keys the table keeps {Format.Number(lines[0].Y[^1], 1)} MB ({Format.Percent(Left(lines[0]))}) when one key in a "
                + $"hundred is left and it was trimmed. ConcurrentDictionary keeps {Format.Number(lines[1].Y[^1], 1)} of {Format.Number(lines[1].Y[0], 1)} MB ({Format.Percent(Left(lines[1]))}): its buckets do not shrink.",
            new Drawing("Growth of the resident size, MB", "Clustered keys; one key in a hundred of each neighbourhood stays.", "", "MB resident", [.. lines]) { Groups = Moments });
    }

    /// <summary>The child's side: growth of the resident size at each moment, in bytes.</summary>
    public static int Run(string peer, int entries)
    {
        var set = KeySets.Clustered(entries);
        ulong[] going = [.. set.Sorted.Where((_, i) => i % 100 != 0)];
        var kind = PeerCatalog.Named(peer);
        using (var first = kind.Create(entries))
        {
            first.Insert(set.Shuffled.AsSpan(0, 1000), set.ShuffledValues.AsSpan(0, 1000));
        }

        var before = MemorySampler.ResidentBytesAfterCollection();
        using var index = kind.Create(entries);
        var added = index.Insert(set.Shuffled, set.ShuffledValues);
        var full = MemorySampler.ResidentBytesAfterCollection() - before;
        var removed = index.Remove(going);
        var emptied = MemorySampler.ResidentBytesAfterCollection() - before;
        index.Trim();
        var trimmed = MemorySampler.ResidentBytesAfterCollection() - before;
        if (added != (ulong)entries || removed != (ulong)going.Length || index.Count != entries - going.Length)
        {
            Console.Error.WriteLine($"{peer} does not hold what was left.");
            return ExitCode.CheckFailed;
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{full} {emptied} {trimmed}"));
        GC.KeepAlive(set);
        return ExitCode.Ok;
    }
}
