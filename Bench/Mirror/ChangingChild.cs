using Alloc.Bench.Workloads;

namespace Alloc.Bench.Mirror;

/// <summary>
/// What the child process does: it changes by itself, with nobody telling it when, until its standard input ends.
/// So a parent that dies takes it along.
/// </summary>
internal static class ChangingChild
{
    public const string Command = "child-changes";
    public const string ReadyLine = "ready";
    private const int LiveItems = 48;

    public static int Run(string? folder)
    {
        using var stop = new CancellationTokenSource();
        var watcher = new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            stop.Cancel();
        })
        { IsBackground = true };
        watcher.Start();

        if (folder is null)
        {
            MapAndUnmap(stop.Token);
        }
        else
        {
            CreateAndDelete(folder, stop.Token);
        }

        return 0;
    }

    /// <summary>Maps up to 4 MiB at a time, touches a part of it, unmaps an older mapping, and rests a little.</summary>
    private static void MapAndUnmap(CancellationToken stop)
    {
        const int MiB = 1 << 20;
        var random = new SplitMix64(11);
        var live = new List<Mapping>();
        for (var step = 0; !stop.IsCancellationRequested; step++)
        {
            var mapping = new Mapping(Environment.SystemPageSize * (1 + random.Next(4 * MiB / Environment.SystemPageSize)));
            var oneIn = 1 + random.Next(4);
            for (var page = 0; page < mapping.Pages; page += 1 + random.Next(oneIn))
            {
                mapping.Touch(page);
            }

            live.Add(mapping);
            if (live.Count > LiveItems)
            {
                var old = random.Next(live.Count);
                live[old].Dispose();
                live.RemoveAt(old);
            }

            Pace(step, stop);
        }

        live.ForEach(mapping => mapping.Dispose());
    }

    private static void CreateAndDelete(string folder, CancellationToken stop)
    {
        var random = new SplitMix64(13);
        var live = new List<string>();
        for (var step = 0; !stop.IsCancellationRequested; step++)
        {
            var path = Path.Combine(folder, $"{step}.tmp");
            File.WriteAllBytes(path, new byte[random.Next(4096)]);
            live.Add(path);
            if (live.Count > LiveItems)
            {
                var old = random.Next(live.Count);
                File.Delete(live[old]);
                live.RemoveAt(old);
            }

            Pace(step, stop);
        }
    }

    /// <summary>The first items come at once and are announced; after that a few changes every millisecond.</summary>
    private static void Pace(int step, CancellationToken stop)
    {
        if (step == LiveItems)
        {
            Console.Out.WriteLine(ReadyLine);
            Console.Out.Flush();
        }

        if (step > LiveItems && step % 4 == 0)
        {
            stop.WaitHandle.WaitOne(1);
        }
    }
}
