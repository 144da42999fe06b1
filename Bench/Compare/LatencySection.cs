using System.Globalization;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Compare;

/// <summary>What the report says about the open loop.</summary>
internal static class LatencySection
{
    public static Section Describe(IReadOnlyList<LatencyFigures> latencies) => new("Latency under churn, open loop",
    [
        new Paragraph($"An operation is due every {Format.Duration(LatencyChild.NanosecondsBetween)}: half lookups, a quarter removals, a quarter inserts. A latency "
            + "runs from the moment the operation was due, so a pause counts for all that had to wait. Each index has a process of its own; the first row shows the pauses of the machine itself."),
        new DataTable(["index", "median", "90 %", "99 %", "99.9 %", "99.99 %", "worst"], [.. latencies.Select(Row)]) { Expendable = [2] },
        new Figure("How many operations took longer than how long; both logarithmic.", Plot(latencies)),
    ]);

    private static string[] Row(LatencyFigures one) =>
    [
        one.Name, Format.Duration(one.P50), Format.Duration(one.P90), Format.Duration(one.P99), Format.Duration(one.P999), Format.Duration(one.P9999),
        Format.Duration(one.Maximum),
    ];

    private static string Plot(IReadOnlyList<LatencyFigures> latencies)
    {
        ChartSeries[] lines =
        [
            .. latencies.Select(one => new ChartSeries(one.Name, Palette.Of(one.Name), [.. one.Curve.Select(p => p[0])], [.. one.Curve.Select(p => 100 * (1 - p[1]))])),
        ];
        return Chart.Lines("Latency from due to done", "longer than", "% of operations", lines, Format.Duration,
            percent => percent.ToString("0.#####", CultureInfo.InvariantCulture), logX: true, logY: true);
    }
}
