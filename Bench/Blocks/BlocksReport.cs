using Alloc.Bench.Rcu;
using Alloc.Bench.Report;

namespace Alloc.Bench.Blocks;

/// <summary>The figures in words and tables.</summary>
internal static class BlocksReport
{
    public static ReportDocument Describe(BlockFigures figures)
    {
        var names = figures.Races[0].Series.Contenders.Select(contender => contender.Name).ToArray();
        var growth = figures.Growth;
        return new ReportDocument("Alloc.Native's blocks", $"{MachineInfo.Read()}", "",
        [
            new Section("In turns with their peers",
            [
                new Paragraph("Nanoseconds for a block taken and one given back, loop included, medians of the passes; in parentheses the ratio to the first, with its bounds. "
                    + "Aimed at: 0.67 of the C library."),
                new DataTable(["load", .. names, ""], [.. figures.Races.Select(Row)]) { TextColumns = [names.Length + 1] },
            ]),
            new Section("Nodes that grow through all sizes in random order, then half of them shrink",
                [new DataTable(["resident bytes for each live one", "", "aimed at"],
                [
                    ["worst while they grow", Format.Number(growth.Worst, 2), ""],
                    ["grown, after Trim", Format.Number(growth.Grown, 2), "≤ 1.10"],
                    ["half have shrunk, after Trim", Format.Number(growth.Shrunk, 2), ""],
                    ["the same, after what lay sparsely was moved", Format.Number(growth.Compacted, 2), "≤ 1.15"],
                ])]),
            new Section("Nodes that random keys come into: bytes of pages for each live one",
                [new DataTable(["keys a node", "FreeMany", "FreeBlock, one by one"],
                    [.. figures.Nodes.Select(row => (string[])[$"{row.KeysANode}", Format.Number(row.Many, 2), Format.Number(row.OneByOne, 2)])])]),
        ]);
    }

    private static string[] Row(RaceResult race)
    {
        var series = race.Series;
        var (low, high) = (series.Contenders[1].RatioLow, series.Contenders[1].RatioHigh);
        var judged = race.Limits[1] is { } limit ? high <= limit ? "met" : low > limit ? "missed" : "open" : "";
        return
        [
            series.Operation,
            .. series.Contenders.Select((one, i) => i == 0 ? Format.Nanoseconds(one.Median)
                : $"{Format.Nanoseconds(one.Median)} ({Format.Number(one.Ratio, 2)} [{Format.Number(one.RatioLow, 2)}, {Format.Number(one.RatioHigh, 2)}])"),
            judged,
        ];
    }
}
