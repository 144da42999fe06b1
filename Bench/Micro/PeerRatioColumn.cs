using Alloc.Bench.Report;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Alloc.Bench.Micro;

/// <summary>The mean next to that of a peer in the same scenario: the same method, the same parameters, another index.</summary>
internal sealed class PeerRatioColumn(string peer) : IColumn
{
    public string Id => $"Ratio to {peer}";

    public string ColumnName => $"To {peer}";

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Baseline;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"Mean divided by the mean of {peer} in the same scenario; below 1 is faster";

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(IsPeer);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var other = summary.BenchmarksCases.FirstOrDefault(c => IsPeer(c) && Scenario(c) == Scenario(benchmarkCase));
        var ours = summary[benchmarkCase]?.ResultStatistics?.Mean;
        var theirs = other is null ? null : summary[other]?.ResultStatistics?.Mean;
        return ours is { } mean && theirs is { } reference and > 0 ? Format.Number(mean / reference, 2) : "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public override string ToString() => ColumnName;

    private bool IsPeer(BenchmarkCase benchmark) =>
        benchmark.Parameters.Items.Any(p => p.Name == nameof(TableBenchmarks.Index) && (string)p.Value == peer);

    private static string Scenario(BenchmarkCase benchmark) => string.Join('|',
    [
        benchmark.Descriptor.WorkloadMethod.Name,
        benchmark.Job.Id,
        .. benchmark.Parameters.Items.Where(p => p.Name != nameof(TableBenchmarks.Index)).Select(p => $"{p.Name}={p.Value}"),
    ]);
}
