using System.Globalization;
using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Mirror;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;
using HdrHistogram;

namespace Alloc.Bench.Compare;

/// <summary>
/// The open loop on one index in a process of its own, since a collection looks through all that lives: contenders in one process would stop for
/// each other's objects. The child prints its histogram as pairs of value and count.
/// </summary>
internal static class LatencyChild
{
    public const int NanosecondsBetween = 2000;
    private static readonly TimeSpan Warm = TimeSpan.FromMilliseconds(400);

    /// <summary>The contenders in turns, process by process, as often as there are rounds.</summary>
    public static LatencyFigures[] MeasureAll(IReadOnlyList<PeerKind> kinds, KeySet set, int rounds, TimeSpan time, Action<double> report, CancellationToken stop)
    {
        var file = Path.GetTempFileName();
        try
        {
            KeyFile.Write(file, set);
            LongHistogram[] all = [.. kinds.Select(_ => LatencyFigures.NewHistogram())];
            for (var round = 0; round < rounds; round++)
            {
                for (var i = 0; i < all.Length; i++)
                {
                    stop.ThrowIfCancellationRequested();
                    var who = (round + i) % all.Length;
                    Measure(kinds[who], file, time, all[who]);
                    report(((round * all.Length) + i + 1.0) / (rounds * all.Length));
                }
            }

            return [.. kinds.Select((kind, i) => LatencyFigures.Of(kind.Name, all[i]))];
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The child's side.</summary>
    public static int Run(string peer, string keyFile, int milliseconds)
    {
        var set = KeyFile.Read(keyFile, keyFile);
        using var index = PeerCatalog.Named(peer).Create(set.Count * 4);
        index.Insert(set.Shuffled, set.ShuffledValues);
        GC.Collect();
        using var view = index.ForThisThread();
        var histogram = OpenLoop.Run(view, set, NanosecondsBetween, Warm, TimeSpan.FromMilliseconds(milliseconds));
        foreach (var bucket in histogram.RecordedValues())
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bucket.ValueIteratedTo} {bucket.CountAddedInThisIterationStep}"));
        }

        return ExitCode.Ok;
    }

    private static void Measure(PeerKind kind, string file, TimeSpan time, LongHistogram into)
    {
        using var child = ChildProcess.Start(BenchCommand.LatencyChildCommand, kind.Name, file, time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture));
        foreach (var line in child.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            into.RecordValueWithCount(long.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture), long.Parse(line.AsSpan(space + 1), CultureInfo.InvariantCulture));
        }
    }
}
