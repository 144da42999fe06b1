using Alloc.Bench.Compare;
using Alloc.Bench.Mirror;
using Alloc.Bench.Reclaim;

namespace Alloc.Bench.Report;

/// <summary>Everything that a run of the main job measured, as <c>--json</c> writes it.</summary>
internal sealed record RunFigures(DateTimeOffset Started, string Arguments, bool Quick, MachineInfo Machine)
{
    public double Seconds { get; set; }

    public MirrorFigures? Mirror { get; set; }

    public ReclaimFigures? Reclaim { get; set; }

    public CompareFigures? Compare { get; set; }

    public List<Check> Checks { get; } = [];

    /// <summary>The worst of the checks: one failure fails the run, and what is inconclusive is not a pass.</summary>
    public Outcome Outcome =>
        Checks.Exists(c => c.Outcome == Outcome.Failed) ? Outcome.Failed
        : Checks.Exists(c => c.Outcome == Outcome.Inconclusive) ? Outcome.Inconclusive
        : Outcome.Passed;
}
