using System.Globalization;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Compare;

/// <summary>A run of the comparer in words, tables and plots.</summary>
internal static class CompareReport
{
    public static ReportDocument Describe(CompareRun run, CompareRun? before)
    {
        var document = new ReportDocument("RadixTable beside its peers",
            run.Started.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture) + $"; {run.Command}"
            + (run.Quick ? "; a quick run: its times are not worth comparing" : ""), Verdict(run), []);
        if (run.Skipped.Count > 0)
        {
            document.Sections.Add(new Section("Left out", [.. run.Skipped.Select(line => new Paragraph(line))]));
        }

        if (before is not null)
        {
            document.Sections.Add(Changes(before, run));
        }

        document.Sections.AddRange(CompareSection.Describe(new CompareFigures(run.Sets)));
        if (run.Latencies.Count > 0)
        {
            document.Sections.Add(LatencySection.Describe(run.Latencies));
        }

        document.Sections.Add(RunReport.Machine(run.Machine, run.Command));
        return document;
    }

    private static string Verdict(CompareRun run)
    {
        var all = run.Sets.SelectMany(set => set.Operations).SelectMany(operation => operation.Contenders).ToList();
        int Count(Verdict verdict) => all.Count(contender => contender.Verdict == verdict);
        return $"Beside a contender in an operation the table is faster {Count(Measure.Verdict.Slower)} times, slower {Count(Measure.Verdict.Faster)} times, "
            + $"and {Count(Measure.Verdict.Inconclusive)} times it is inconclusive.";
    }

    private static Section Changes(CompareRun before, CompareRun now)
    {
        Change[] changes = [.. Baseline.Compare(before, now)];
        Change[] beyond = [.. changes.Where(change => change.Verdict != Measure.Verdict.Inconclusive).OrderByDescending(change => Math.Abs(Math.Log(change.Ratio)))];
        var section = new Section($"Beside the run of {before.Started.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)}",
        [
            new Paragraph($"{beyond.Length} of {changes.Length} ratios changed beyond the noise of both runs. Above 1 the table takes longer beside that "
                + "contender than it did. A change beside one contender only may be the contender's."),
            .. Baseline.Unmatched(before, now).Select(line => new Paragraph(line)),
        ]);
        if (before.Machine.Processor != now.Machine.Processor)
        {
            section.Blocks.Add(new Paragraph($"The saved run is of another processor ({before.Machine.Processor}): ratios change with it."));
        }

        if (beyond.Length > 0)
        {
            section.Blocks.Add(new DataTable(["keys, operation", "beside", "change", "bounds", "the table is"], [.. beyond.Select(Row)]) { TextColumns = [1, 4] });
        }

        return section;
    }

    private static string[] Row(Change change) =>
    [
        $"{change.Keys}: {change.Operation}", change.Beside, Format.Ratio(change.Ratio),
        $"[{Format.Number(change.Low, 2)}, {Format.Number(change.High, 2)}]", change.Verdict == Measure.Verdict.Slower ? "slower" : "faster",
    ];
}
