using Alloc.Bench.Measure;
using Alloc.Bench.Report;

namespace Alloc.Bench.Compare;

/// <summary>What the report says about the comparison.</summary>
internal static class CompareSection
{
    public static IEnumerable<Section> Describe(CompareFigures compare)
    {
        foreach (var set in compare.Sets)
        {
            var section = new Section($"Compare: {Format.Number(set.Entries)} {set.Keys} keys",
            [
                new Paragraph("Nanoseconds an operation, medians of interleaved passes; behind them the ratio to RadixTable, "
                    + "above 1 when slower, with its bounds at 95 % in brackets. "
                    + "A ratio whose bounds hold 1, or that has too few fair passes, is inconclusive."),
                Times(set),
                Memory(set),
                new Figure($"Nanoseconds an operation on the {set.Keys} keys, less is better.", Plot(set)),
            ]);
            if (set.Operations.Any(operation => operation.UnfairPasses > 0))
            {
                section.Blocks.Add(new Paragraph("The machine was not equally fast beside all contenders in "
                    + string.Join(", ", set.Operations.Where(o => o.UnfairPasses > 0)
                        .Select(o => $"{o.UnfairPasses} of {o.UnfairPasses + o.FairPasses} passes of {o.Operation}"))
                    + "; where enough others are left, these are left out."));
            }

            yield return section;
        }
    }

    private static string[] Names(CompareSet set) =>
        [.. set.Operations.MaxBy(o => o.Contenders.Length)?.Contenders.Select(c => c.Name) ?? []];

    private static DataTable Times(CompareSet set) =>
        new(SeriesRows.Headings, [.. set.Operations.SelectMany(SeriesRows.Of)]) { TextColumns = [SeriesRows.VerdictColumn] };

    private static DataTable Memory(CompareSet set) => new(["bytes an entry", "live", "resident"],
        [.. set.Memory.Select(m => (string[])[m.Name, Format.Number(m.Live, 1), Format.Number(m.Resident, 1)])]);

    private static string Plot(CompareSet set)
    {
        string[] operations = [.. set.Operations.Select(o => o.Operation)];
        double Time(string name, SeriesResult operation) => operation.Contenders.FirstOrDefault(c => c.Name == name)?.Median ?? double.NaN;
        ChartSeries Bars(string name) => new(name, Palette.Of(name), [], [.. set.Operations.Select(o => Time(name, o))]);
        ChartSeries[] bars = [.. Names(set).Select(Bars)];
        return Chart.Bars($"{set.Keys} keys", "ns an operation", operations, bars, Format.Duration, logY: bars.Length > 5);
    }
}
