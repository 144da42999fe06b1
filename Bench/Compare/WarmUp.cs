using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>Every loop often enough for the compiler's last tier, and time for it to get there.</summary>
internal static class WarmUp
{
    private const int Rounds = 3;

    public static void Operations<TValue>(IReadOnlyList<PeerKind> kinds, IClock clock, IProgressSink progress, CancellationToken stop)
        where TValue : unmanaged
    {
        var small = KeySets.Clustered(20_000, seed: 2);
        for (var round = 0; round < Rounds; round++)
        {
            stop.ThrowIfCancellationRequested();
            new OperationScenario<TValue>(small, kinds, clock).RunPass();
            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(250));
            progress.Report((round + 1.0) / Rounds);
        }
    }
}
