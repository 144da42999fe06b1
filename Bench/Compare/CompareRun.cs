using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Compare;

/// <summary>Everything that a run of the comparer measured, as <c>--json</c> writes and <c>--baseline</c> reads it.</summary>
internal sealed record CompareRun(DateTimeOffset Started, string Command, bool Quick, MachineInfo Machine)
{
    public List<CompareSet> Sets { get; init; } = [];

    public List<LatencyFigures> Latencies { get; init; } = [];

    /// <summary>Contenders and workloads that are left out, and why.</summary>
    public List<string> Skipped { get; init; } = [];
}
