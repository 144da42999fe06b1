using Alloc.Bench.Report;
using Alloc.PageTable;

namespace Alloc.Bench.Reclaim;

/// <summary>The second part of the main job: the loop in every mode, once with batches, once with every batch page refused.</summary>
internal sealed class ReclaimJob(bool quick, IProgressSink progress, CancellationToken stop)
{
    private const int SeedSteps = 25_600; // 50 GiB
    private const int WarmUpSteps = 500;
    private const int QuickSteps = 2_560;
    private const long PeakLimit = 4L << 20;
    private const long FinalLimit = 240 << 10;
    private const int MostAttempts = 5;
    private const int SlotBits = 9;

    /// <summary>A mode that waits at every step takes minutes where the machine is busy; it has shown its waits long before.</summary>
    private static readonly TimeSpan WaitingLimit = TimeSpan.FromSeconds(15);

    public (ReclaimFigures Figures, List<Check> Checks) Run()
    {
        var steps = quick ? QuickSteps : SeedSteps;
        WarmUp();
        var runs = new List<ReclaimRun>();
        string? mistake = null;

        // The second pass goes the other way round, so that no mode always has the warmer machine.
        (ReclaimMode Mode, bool Refuse)[] plan =
        [
            (ReclaimMode.None, false), (ReclaimMode.SemiRcu, false), (ReclaimMode.Rcu, false),
            (ReclaimMode.Rcu, true), (ReclaimMode.SemiRcu, true),
        ];
        foreach (var (mode, refuse) in plan)
        {
            progress.Begin($"Reclaim: {mode}{(refuse ? ", no batches" : "")}");
            ReclaimRun run;
            var attempt = 0;
            do
            {
                var loop = new ReclaimLoop(mode, refuse, steps, stop, mode == ReclaimMode.SemiRcu ? WaitingLimit : null);
                run = loop.Run(progress.Report) with { Attempts = ++attempt };
                mistake ??= loop.Mistake is { } found ? $"{run.Name}: {found}" : null;
            }
            while (mode == ReclaimMode.Rcu && PeakOutcome(run) == Outcome.Inconclusive && attempt < MostAttempts);

            runs.Add(run);
        }

        return (new ReclaimFigures(steps, ReclaimLoop.PagesPerStep, runs), MakeChecks(steps, runs, mistake));
    }

    /// <summary>The first loop must not be the one that runs code of the compiler's first tier.</summary>
    private void WarmUp()
    {
        progress.Begin("Reclaim: warming up");
        foreach (var mode in Enum.GetValues<ReclaimMode>())
        {
            new ReclaimLoop(mode, refuseBatches: mode == ReclaimMode.SemiRcu, WarmUpSteps, stop).Run(progress.Report);
            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
        }
    }

    public static List<Check> MakeChecks(int steps, List<ReclaimRun> runs, string? mistake)
    {
        ReclaimRun Of(ReclaimMode mode, bool refused) => runs.Single(run => run.Mode == mode.ToString() && run.BatchesRefused == refused);
        var removals = Format.Number(runs.Sum(run => run.Removal.Count));
        var hits = Format.Number(runs.Sum(run => run.Reader.Hits));
        var checks = new List<Check>
        {
            Check.That("Every removal removed exactly what was mapped, and the reader found only what was stored",
                mistake is null, mistake ?? $"{removals} removals, {hits} hits of the reader"),
        };

        var none = Of(ReclaimMode.None, false).AtEnd;
        var lastLevel = steps * 4096L;
        var (fewest, most) = ParentTables(steps);
        var parents = none.TableBytes - lastLevel;
        checks.Add(Check.That($"None keeps {Format.Kilobytes(lastLevel)} of last-level tables and their parents",
            none.LeafTables == steps && parents >= fewest * 4096L && parents <= most * 4096L,
            $"{Format.Kilobytes(none.TableBytes)}: {Format.Number(none.LeafTables)} leaf tables and {Format.Number(none.Directories)} directories"));

        foreach (var rcu in (ReclaimRun[])[Of(ReclaimMode.Rcu, false), Of(ReclaimMode.Rcu, true)])
        {
            var end = rcu.AtEnd;
            checks.Add(CheckPeak(rcu));
            checks.Add(Check.That($"{rcu.Name}: at most {Format.Kilobytes(FinalLimit)} after the last grace period, nothing pending",
                end.TableBytes <= FinalLimit && end.PendingBytes == 0,
                $"{Format.Kilobytes(end.TableBytes)} of tables, {Format.Kilobytes(end.PendingBytes)} pending, "
                    + $"{Format.Number(end.ReclaimedPages)} pages reclaimed"));
            checks.Add(Check.That($"{rcu.Name}: no removal waits for a grace period", end.SynchronousWaits == 0,
                $"{Format.Number(end.SynchronousWaits)} waits"));
        }

        var stranded = runs.FindAll(run => run.StrandedBytes != 0).ConvertAll(run => $"{run.Name}: {Format.Kilobytes(run.StrandedBytes)}");
        checks.Add(Check.That("Nothing is stranded: a disposed table has given back every byte, in every mode", stranded.Count == 0,
            stranded.Count == 0 ? $"{runs.Count} tables" : string.Join("; ", stranded)));
        checks.Add(CompareRefusals(Of(ReclaimMode.SemiRcu, true).AtEnd, Of(ReclaimMode.Rcu, true).AtEnd));
        return checks;
    }

    /// <summary>
    /// A reader that the machine stops inside a section holds back everything dropped meanwhile, whatever the implementation does. When
    /// that alone is half of the limit, a peak above it says something about the machine and decides nothing; the loop is then run again.
    /// </summary>
    private static Outcome PeakOutcome(ReclaimRun rcu) =>
        rcu.PeakBytes <= PeakLimit ? Outcome.Passed
        : rcu.HeldBackBytes >= PeakLimit / 2 ? Outcome.Inconclusive
        : Outcome.Failed;

    private static Check CheckPeak(ReclaimRun rcu) => new(
        $"{rcu.Name}: table and pending bytes never exceed {Format.Kilobytes(PeakLimit)}", PeakOutcome(rcu),
        $"peak {Format.Kilobytes(rcu.PeakBytes)}; "
            + $"the longest stop of the reader inside a section held {Format.Kilobytes(rcu.HeldBackBytes)} back"
            + (rcu.Attempts > 1 ? $"; attempt {rcu.Attempts}, before it the machine stopped the reader for longer" : ""));

    /// <summary>Without a refused batch, or without a wait in the mode that waits, the second pass compared nothing.</summary>
    private static Check CompareRefusals(RadixTableStatistics semi, RadixTableStatistics rcu)
    {
        const string Claim = "With every batch page refused, SemiRcu waits and Rcu does not";
        var finding = $"SemiRcu: {Format.Number(semi.SynchronousWaits)} waits, {Format.Number(semi.BatchRefusals)} refusals; "
            + $"Rcu: {Format.Number(rcu.SynchronousWaits)} waits, {Format.Number(rcu.BatchRefusals)} refusals";
        var decided = semi.BatchRefusals > 0 && rcu.BatchRefusals > 0 && semi.SynchronousWaits > 0 && rcu.SynchronousWaits == 0;
        return new Check(Claim, decided ? Outcome.Passed : Outcome.Inconclusive, finding);
    }

    /// <summary>
    /// One directory for each 512 last-level tables. Above them a walk that skips nothing needs one more for each level up to the root
    /// (the steps lie inside one slot of each, or straddle two); a walk that skips needs none but the root.
    /// </summary>
    private static (int Fewest, int Most) ParentTables(int steps)
    {
        var directories = (steps + (1 << SlotBits) - 1) >> SlotBits;
        return (directories, directories + (2 * (64 / SlotBits)));
    }
}
