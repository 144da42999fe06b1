using System.Globalization;
using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Mirror;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>Measures the memory of one index in a process that holds nothing else: the child's side and the parent's.</summary>
internal static class MemoryChild
{
    public static IEnumerable<MemoryFigures> MeasureAll(IEnumerable<PeerKind> kinds, KeySet set, CancellationToken stop)
    {
        var file = Path.GetTempFileName();
        try
        {
            KeyFile.Write(file, set);
            foreach (var kind in kinds)
            {
                stop.ThrowIfCancellationRequested();
                yield return Measure(kind.Name, file);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    public static MemoryFigures Measure(string peer, string keyFile)
    {
        using var child = ChildProcess.Start(BenchCommand.MemoryChildCommand, peer, keyFile);
        var fields = child.ReadToEnd().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return new MemoryFigures(peer, double.Parse(fields[0], CultureInfo.InvariantCulture), double.Parse(fields[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Builds the index in shuffled order, checks it, and prints live and resident bytes an entry.</summary>
    public static int Run(string peer, string keyFile)
    {
        var set = KeyFile.Read(keyFile, keyFile);
        var kind = PeerCatalog.Named(peer);

        // Everything that is needed once (code, thread-local caches, allocator chunks) comes before the baseline.
        using (var first = kind.Create(set.Count))
        {
            var some = Math.Min(1000, set.Count);
            first.Insert(set.Shuffled.AsSpan(0, some), set.ShuffledValues.AsSpan(0, some));
        }

        var residentBefore = MemorySampler.ResidentBytesAfterCollection();
        var managedBefore = GC.GetTotalMemory(forceFullCollection: true);
        using var index = kind.Create(set.Count);
        if (index.Insert(set.Shuffled, set.ShuffledValues) != (ulong)set.Count)
        {
            return Refuse(peer);
        }

        // Before the check: sorting and copying would leave their own memory behind.
        var resident = MemorySampler.ResidentBytesAfterCollection() - residentBefore;
        var live = GC.GetTotalMemory(forceFullCollection: true) - managedBefore + (index.NativeBytes ?? double.NaN);
        if (index.ScanInOrder() != set.ScanSum())
        {
            return Refuse(peer);
        }

        var entries = (double)Math.Max(1, set.Count);
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{live / entries:0.###} {resident / entries:0.###}"));
        GC.KeepAlive(set);
        return ExitCode.Ok;
    }

    private static int Refuse(string peer)
    {
        Console.Error.WriteLine($"{peer} does not hold what was inserted.");
        return ExitCode.CheckFailed;
    }
}
