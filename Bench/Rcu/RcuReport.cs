using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Rcu;

/// <summary>The figures in words and tables.</summary>
internal static class RcuReport
{
    private const string Remark = "LightEpoch (Microsoft.FASTER.Core) announces its epoch by a plain store without a fence, and its updater has no process-wide "
        + "barrier: a load may pass the announcement. It is unsafe as it stands, and its figure is that of an easier task.";

    public static ReportDocument Describe(RcuFigures figures)
    {
        var blocks = new List<Block>
        {
            new Paragraph("Nanoseconds an operation, loop included, medians of the passes; behind them the ratio to the first of each table, above 1 "
                + "when slower, with its bounds, and the target. A target is met or missed when both bounds say so, otherwise open. "
                + "Loops in C are built by this machine's compiler at -O2, fast paths inlined."),
            new Paragraph(Remark),
        };
        blocks.AddRange(figures.Skipped.Select(skipped => new Paragraph(skipped)));

        var scaling = figures.Scaling.Select(row => (string[])
        [
            row.Name, Format.Ratio(row.Median), Bounds(row.Low, row.High, 2), row.AtLeast is { } least ? $"≥ {Format.Number(least, 2)}" : "",
            row.AtLeast is { } limit ? Judge(row.Low >= limit, row.High < limit) : "",
        ]);
        var allocations = figures.Allocations.Select(row => (string[])
        [
            row.Name, Format.Number(row.Bytes, 2), row.AtMost is { } most ? Format.Number(most, 0) : "",
            row.AtMost is { } limit ? Judge(row.Bytes <= limit, row.Bytes > limit) : "",
        ]);
        return new ReportDocument("Alloc.Rcu's targets", $"{MachineInfo.Read()}", "",
        [
            new Section("In turns with its peers", blocks),
            .. figures.Races.Select(Describe),
            new Section("Two readers over one, relative to the empty loop",
                [new DataTable(["reader", "gain", "bounds", "target", ""], [.. scaling]) { TextColumns = [4] }]),
            new Section("Managed bytes an operation", [new DataTable(["operation", "bytes", "target", ""], [.. allocations]) { TextColumns = [3] }]),
        ]);
    }

    private static Section Describe(RaceResult race)
    {
        var series = race.Series;
        return new Section($"{char.ToUpperInvariant(series.Operation[0])}{series.Operation[1..]} ({series.FairPasses} fair of {series.FairPasses + series.UnfairPasses} passes)",
            [new DataTable(["by whom", "ns", "ratio", "bounds", "target", ""], [.. Rows(race)]) { TextColumns = [5] }]);
    }

    private static IEnumerable<string[]> Rows(RaceResult race)
    {
        var series = race.Series;
        foreach (var (contender, limit) in series.Contenders.Zip(race.Limits))
        {
            // Three figures where the targets are hundredths.
            var digits = contender.Ratio < 0.2 ? 3 : 2;
            var compared = contender.Verdict != Verdict.Reference;
            yield return
            [
                contender.Name,
                Format.Nanoseconds(contender.Median),
                compared ? Format.Number(contender.Ratio, digits) + "x" : "",
                compared ? Bounds(contender.RatioLow, contender.RatioHigh, digits) : "",
                limit is { } most ? $"≤ {Format.Number(most, 2)}" : "",
                limit is { } bound ? Judge(contender.RatioHigh <= bound, contender.RatioLow > bound) : "",
            ];
        }
    }

    private static string Bounds(double low, double high, int digits) => $"[{Format.Number(low, digits)}, {Format.Number(high, digits)}]";

    private static string Judge(bool met, bool missed) => met ? "met" : missed ? "missed" : "open";
}
