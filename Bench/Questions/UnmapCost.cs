using Alloc.Bench.Reclaim;
using Alloc.Bench.Report;
using Alloc.PageTable;

namespace Alloc.Bench.Questions;

/// <summary>Removing 512 mapped pages as a range, in each mode of reclaim, in the seed's loop; the loops take turns.</summary>
internal sealed class UnmapCost : IQuestion
{
    private static readonly (ReclaimMode Mode, bool Refuse)[] Ways =
        [(ReclaimMode.None, false), (ReclaimMode.Rcu, false), (ReclaimMode.Rcu, true), (ReclaimMode.SemiRcu, false), (ReclaimMode.SemiRcu, true)];

    public string Name => "unmap";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        // Loops of a whole thousand steps, in turns, so that a busy minute falls on all modes.
        var (rounds, steps) = sizes.IsQuick ? (1, 1000) : (4, 2000);
        var runs = Ways.Select(_ => new List<ReclaimRun>()).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < Ways.Length; i++)
            {
                var who = (round + 1 + i) % Ways.Length;
                var loop = new ReclaimLoop(Ways[who].Mode, Ways[who].Refuse, steps, stop, TimeSpan.FromSeconds(2));
                var run = loop.Run(_ => { });
                if (loop.Mistake is { } mistake)
                {
                    throw new InvalidOperationException($"{run.Name}: {mistake}");
                }

                if (round >= 0)
                {
                    runs[who].Add(run);
                }
            }
        }

        double Median(int who, Func<ReclaimRun, double> of) => Measure.Quantiles.Median([.. runs[who].Select(of)]);
        double[] medians = [.. Ways.Select((_, who) => Median(who, run => run.Removal.P50))];
        double[] rare = [.. Ways.Select((_, who) => Median(who, run => run.Removal.P99))];
        string[] names = [.. runs.Select(one => one[0].Name)];
        return new Answer("What does unmapping cost in each mode?",
            $"Removing 512 pages takes {Format.Duration(medians[0])} at the median when the emptied table stays, and {Format.Duration(medians[1])} when it is given back after a grace "
                + $"period that nobody waits for. Where every batch page is refused, Rcu still takes {Format.Duration(medians[2])}; semi-RCU, the kernel before the series, "
                + $"waits on the spot and takes {Format.Duration(medians[4])}.",
            new Drawing("Removal of 512 pages, by mode", "Median and 99 % of the removals beside a reader that always enters and leaves sections; the waiting mode is in the table only.",
                "", "time of a removal",
                [
                    new ChartSeries("median", Palette.Of("RadixTable"), [], medians[..4]),
                    new ChartSeries("99 %", Palette.Of("ConcurrentDictionary"), [], rare[..4]),
                ])
            {
                Groups = names[..4],
                Times = true,
            })
        {
            Table = new DataTable(["mode", "median", "99 %", "peak of tables and pending"],
                [.. names.Select((name, who) => (string[])[name, Format.Duration(medians[who]), Format.Duration(rare[who]), Format.Kilobytes((long)Median(who, run => run.PeakBytes))])]),
        };
    }
}
