using Alloc.Bench.Measure;

namespace Alloc.Bench.Rcu;

/// <summary>Managed bytes that the calling thread allocates for an operation, after a warm-up: the median of some rounds.</summary>
internal static unsafe class ManagedBytes
{
    // Below the default bound of the pool of nodes.
    private const int Times = 2048;
    private const int WarmRounds = 3;
    private const int Rounds = 9;

    public static AllocationResult[] Measure(RcuStage stage) =>
    [
        Of(RcuRaces.Flat, () => ReadLoops.Flat(Times, stage.Cell, stage.Reader), static () => { }, 0),
        Of(RcuRaces.Nestable, () => ReadLoops.Nestable(Times, stage.Cell, stage.Reader), static () => { }, 0),
        Of(RcuRaces.Implicit, () => ReadLoops.Implicit(Times, stage.Cell, stage.AsDefault), static () => { }, 0),
        Of(RcuRaces.ByReader, () => DeferLoops.ByReader(Times, stage.Heads, stage.Reader, DeferLoops.Nothing), stage.AsDefault.Barrier, 0),
        Of(RcuRaces.ByDomain, () => DeferLoops.ByDomain(Times, stage.Heads, stage.AsDefault, DeferLoops.Nothing), stage.AsDefault.Barrier, 0),
        Of("domain.Defer of a managed callback", () => DeferLoops.Managed(Times, stage.AsDefault), stage.AsDefault.Barrier, 0),
        Of(RcuRaces.LightName, () => ReadLoops.Light(Times, stage.Cell, stage.Light), static () => { }, null),
    ];

    private static AllocationResult Of(string name, Func<ulong> work, Action drain, double? atMost)
    {
        var samples = new double[Rounds];
        for (var i = -WarmRounds; i < Rounds; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            drain();
            if (i >= 0)
            {
                samples[i] = bytes / (double)Times;
            }
        }

        return new AllocationResult(name, Quantiles.Median(samples), atMost);
    }
}

/// <summary>Managed bytes an operation.</summary>
internal sealed record AllocationResult(string Name, double Bytes, double? AtMost);
