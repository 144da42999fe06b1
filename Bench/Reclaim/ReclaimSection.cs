using System.Globalization;
using Alloc.Bench.Report;

namespace Alloc.Bench.Reclaim;

/// <summary>What the report says about the seed's experiment.</summary>
internal static class ReclaimSection
{
    public static Section Describe(ReclaimFigures reclaim)
    {
        var section = new Section($"Reclaim: {Format.Number(reclaim.Steps)} times map 2 MiB, drop 2 MiB",
        [
            new Paragraph("The Linux series that frees page tables by RCU measured 102,640 KB of page tables without it and 240 KB with it, "
                + "after mapping 50 GiB and touching and dropping 2 MiB at a time. Here the same loop runs on a radix table while a reader enters "
                + "and leaves sections; nobody waits for a grace period."),
            new DataTable(
            [
                "mode", "peak table + pending", "at the end", "pending", "reclaimed pages", "batches", "singles", "waits", "refusals",
                "resident growth, peak", "end",
            ], [.. reclaim.Runs.Select(MemoryRow)])
            {
                Expendable = [10, 9, 5, 4, 3],
            },
            .. Shortened(reclaim),
            new Paragraph(Latency(reclaim)),
            new DataTable(["removal", "median", "90 %", "99 %", "99.9 %", "worst", "under 4 µs", "whole loop"], [.. reclaim.Runs.Select(LatencyRow)])
            {
                Expendable = [7, 2],
            },
            new Figure("Bytes of tables and of what waits for a grace period, highest of each window of steps; logarithmic.", MemoryPlot(reclaim)),
            new Figure("How many removals took longer than how long; both logarithmic. Far to the right the machine had stopped the thread.",
                LatencyPlot(reclaim)),
            new Figure("By how much the process grew during each loop; the loops ran one after the other.", ResidentPlot(reclaim)),
        ]);
        return section;
    }

    private static IEnumerable<Block> Shortened(ReclaimFigures reclaim) =>
        reclaim.Runs.Where(run => run.Removal.Count < reclaim.Steps)
            .Select(run => new Paragraph($"{run.Name} was stopped after {Format.Number(run.Removal.Count)} steps: its waits took too long on this machine."));

    private static string[] MemoryRow(ReclaimRun run) =>
    [
        run.Name, Format.Kilobytes(run.PeakBytes), Format.Kilobytes(run.AtEnd.TableBytes), Format.Kilobytes(run.AtEnd.PendingBytes),
        Format.Number(run.AtEnd.ReclaimedPages), Format.Number(run.AtEnd.Batches), Format.Number(run.AtEnd.Singles),
        Format.Number(run.AtEnd.SynchronousWaits), Format.Number(run.AtEnd.BatchRefusals),
        Format.Megabytes(run.Resident.PeakGrowth), Format.Megabytes(run.Resident.EndGrowth),
    ];

    private static string[] LatencyRow(ReclaimRun run) =>
    [
        run.Name, Format.Duration(run.Removal.P50), Format.Duration(run.Removal.P90), Format.Duration(run.Removal.P99),
        Format.Duration(run.Removal.P999), Format.Duration(run.Removal.Maximum), Format.Percent(run.Removal.FractionBelow(4000)), Format.Duration(run.Seconds * 1e9),
    ];

    /// <summary>What this run says about the latency of removals: the series' author saw none of it change.</summary>
    private static string Latency(ReclaimFigures reclaim)
    {
        const string Seed = "The author of the series measured no effect on the latency of munmap: "
            + "84.2 % of the calls took less than 4 µs before, 82.5 % after.";
        if (reclaim.Runs.Find(run => run.Mode == "None") is not { } none || none.Removal.P50 == 0)
        {
            return Seed;
        }

        string Against(ReclaimRun run)
        {
            var more = run.Removal.P50 - none.Removal.P50;
            var ratio = (double)run.Removal.P50 / none.Removal.P50;
            return $"{run.Name} {Format.Duration(Math.Abs(more))} {(more < 0 ? "less" : "more")} ({Format.Ratio(ratio)})";
        }

        return $"{Seed} We measure for the removal of 512 pages: {Format.Duration(none.Removal.P50)} at the median when its table page stays (None); "
            + $"when it is freed, {string.Join(", ", reclaim.Runs.Where(run => run != none).Select(Against))}.";
    }

    private static string MemoryPlot(ReclaimFigures reclaim)
    {
        ChartSeries[] lines =
        [
            .. reclaim.Runs.Select(run => new ChartSeries(run.Name, Palette.Of(run.Name), [.. run.Samples.Select(s => (double)s.Step)],
                [.. run.Samples.Select(s => (s.TableBytes + s.PendingBytes) / 1024.0)])),
        ];
        return Chart.Lines("Tables and pending, KB", "step of the loop", "KB", lines, Step, kb => Format.Number((long)kb), logY: true);
    }

    private static string ResidentPlot(ReclaimFigures reclaim)
    {
        ChartSeries[] lines =
        [
            .. reclaim.Runs.Select(run => new ChartSeries(run.Name, Palette.Of(run.Name), [.. run.Samples.Select(s => (double)s.Step)],
                [.. run.Samples.Select(s => Math.Max(0, s.ResidentBytes - run.Resident.Start) / 1048576.0)])),
        ];
        return Chart.Lines("Growth of the resident size, MB", "step of the loop", "MB", lines, Step, mb => Format.Number((long)mb));
    }

    private static string LatencyPlot(ReclaimFigures reclaim)
    {
        ChartSeries[] lines =
        [
            .. reclaim.Runs.Select(run => new ChartSeries(run.Name, Palette.Of(run.Name), [.. run.Removal.Curve.Select(p => p[0])],
                [.. run.Removal.Curve.Select(p => 100 * (1 - p[1]))])),
        ];
        return Chart.Lines("Latency of removing 512 pages", "longer than", "% of removals", lines, Format.Duration, Share, logX: true, logY: true);
    }

    private static string Share(double percent) => percent.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Step(double step) => Format.Number((long)step);
}
