using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Targets;

/// <summary>The passes as tables: for each pattern a row an operation, medians over the processes, beside what was aimed at.</summary>
internal static class TargetsReport
{
    public static ReportDocument Describe(IReadOnlyList<TargetPass> passes)
    {
        var patterns = passes.GroupBy(pass => pass.Pattern).ToList();
        var verdicts = patterns.SelectMany(Factors).Select(row => row[^1]).Concat(patterns.SelectMany(Figures).Select(row => row[^1])).ToList();
        int Count(string verdict) => verdicts.Count(one => one == verdict);
        return new ReportDocument("The table's targets", $"{MachineInfo.Read()}", $"{Count("met")} targets met, {Count("missed")} missed, {Count("open")} open.",
        [
            new Section("How to read it",
            [
                new Paragraph("Nanoseconds an operation, chunks in turns with the peer within a process; medians over the processes. The factor is how many times as long "
                    + "the peer takes, with its least and greatest over the processes. A target is met or missed when all processes say so, otherwise open. "
                    + "The hash map is ConcurrentDictionary, presized. Keys are shuffled unless said; three tenths were removed and put back before the reading."),
            ]),
            .. patterns.SelectMany(Sections),
        ]);
    }

    private static IEnumerable<Section> Sections(IGrouping<string, TargetPass> pattern)
    {
        var first = pattern.First();
        yield return new Section($"{Format.Number(first.Entries)} {pattern.Key} keys, {pattern.Count()} processes",
        [
            new DataTable(["operation", "beside", "ns", "the peer's", "factor", "from, to", "aim", ""], [.. Factors(pattern)]) { TextColumns = [1, 7], Expendable = [5] },
            new DataTable(["the table alone", "is", "from, to", "aim", ""], [.. Figures(pattern)]) { TextColumns = [4] },
        ]);
        var unfair = pattern.SelectMany(pass => pass.Rows).Count(row => !row.Fair);
        if (unfair > 0)
        {
            yield return new Section($"Noise on {pattern.Key} keys",
                [new Paragraph($"In {unfair} of {pattern.Sum(pass => pass.Rows.Count)} measurements the machine was not equally fast beside both.")]);
        }
    }

    private static IEnumerable<string[]> Factors(IGrouping<string, TargetPass> pattern)
    {
        foreach (var group in pattern.SelectMany(pass => pass.Rows).GroupBy(row => (row.Operation, row.Peer)))
        {
            double[] factors = [.. group.Select(row => row.Factor)];
            var least = Aims.Least(pattern.Key, group.Key.Operation, group.Key.Peer);
            yield return
            [
                group.Key.Operation, group.Key.Peer, Format.Nanoseconds(Quantiles.Median([.. group.Select(row => row.TableNanoseconds)])),
                Format.Nanoseconds(Quantiles.Median([.. group.Select(row => row.PeerNanoseconds)])), Format.Ratio(Quantiles.Median(factors)),
                $"[{Format.Number(factors.Min(), 2)}, {Format.Number(factors.Max(), 2)}]", least is { } aim ? $"≥ {aim:0.##}" : "",
                least is { } bound ? Judge(factors.Min() >= bound, factors.Max() < bound) : "",
            ];
        }
    }

    private static IEnumerable<string[]> Figures(IGrouping<string, TargetPass> pattern)
    {
        foreach (var group in pattern.SelectMany(pass => pass.Alone).GroupBy(figure => figure.Key, figure => figure.Value))
        {
            double[] values = [.. group];
            var most = Aims.Most(pattern.Key, group.Key);
            yield return
            [
                group.Key, Say(group.Key, Quantiles.Median(values)), values.Length == 1 ? "" : $"[{Say(group.Key, values.Min())}, {Say(group.Key, values.Max())}]",
                most is { } aim ? $"≤ {Say(group.Key, aim)}" : "", most is { } bound ? Judge(values.Max() <= bound, values.Min() > bound) : "",
            ];
        }
    }

    private static string Say(string figure, double value) => figure.Contains(", ns", StringComparison.Ordinal) ? Format.Duration(value) : Format.Number(value, 2);

    private static string Judge(bool met, bool missed) => met ? "met" : missed ? "missed" : "open";
}
