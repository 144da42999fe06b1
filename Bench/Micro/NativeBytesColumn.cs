using System.Collections.Concurrent;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Alloc.Bench.Micro;

/// <summary>Bytes of native memory that the index of the scenario holds for an entry; what it holds managed is the memory diagnoser's.</summary>
internal sealed class NativeBytesColumn : IColumn
{
    private readonly ConcurrentDictionary<(string Index, string Keys, int N), string> _known = new();

    public string Id => "Native bytes an entry";

    public string ColumnName => "Native B/entry";

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Metric;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "Bytes of native memory an entry of the scenario's index, which is built once more to see it";

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(one => one.Descriptor.Type == typeof(TableBenchmarks));

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        object? Parameter(string name) => benchmarkCase.Parameters.Items.FirstOrDefault(one => one.Name == name)?.Value;
        return Parameter(nameof(TableBenchmarks.Index)) is string index && Parameter(nameof(TableBenchmarks.Keys)) is string keys
            && Parameter(nameof(TableBenchmarks.N)) is int n
            ? _known.GetOrAdd((index, keys, n), static scenario => Look(scenario.Index, scenario.Keys, scenario.N))
            : "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public override string ToString() => ColumnName;

    private static string Look(string index, string keys, int n)
    {
        using var peer = Scenarios.Filled<ulong>(index, KeySets.Create(keys, n));
        return peer.NativeBytes is { } bytes ? Format.Number(bytes / (double)n, 1) : "-";
    }
}
