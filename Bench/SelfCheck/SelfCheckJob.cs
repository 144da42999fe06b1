using Alloc.Bench.Compare;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;
using HdrHistogram;

namespace Alloc.Bench.SelfCheck;

/// <summary>
/// Whether the harnesses can be believed on this machine, now: nothing measures as nothing, the same measures as the same, and a planted tenth is
/// seen by each of them. What noise has drowned is inconclusive.
/// </summary>
internal sealed class SelfCheckJob(bool quick, IClock clock, IProgressSink progress, CancellationToken stop)
{
    private const int Chunk = 8192;

    /// <summary>Nanoseconds that an adapter that does nothing may take beside a bare loop.</summary>
    private const double MostOverhead = 0.7;

    private int Entries => quick ? 50_000 : 200_000;

    private int Passes => quick ? 15 : 31;

    public List<Check> Run()
    {
        var checks = new List<Check>();
        progress.Begin("Self-check: an adapter that does nothing");
        checks.Add(Nothing());
        progress.Begin("Self-check: the same beside the same, and a planted tenth");
        var (same, planted) = SameAndPlanted();
        checks.Add(Judge("The comparer calls the same index beside itself neither faster nor slower by more than 3 %", same, 1, 0.03));
        checks.Add(Judge("The comparer sees a planted slowdown of a tenth", planted, Plant.Slowdown, 0.04));
        checks.Add(BaselineSees(same, planted));
        progress.Begin("Self-check: the open loop");
        checks.Add(OpenLoopSees());
        progress.Begin("Self-check: BenchmarkDotNet");
        checks.Add(PlantedBenchmarks.Check(quick));
        return checks;
    }

    private Check Nothing()
    {
        const string Claim = "An adapter that does nothing measures as a bare loop";
        var set = KeySets.Clustered(Entries);
        using var peer = EmptyIndex.NewPeer();
        var sum = BareLoop(set.Shuffled);
        var series = new InterleavedSeries("nothing", ["bare loop", "adapter"], clock);
        for (var pass = -20; pass < Passes; pass++)
        {
            if (pass == 0)
            {
                stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200)); // the compiler's last tier
                series = new InterleavedSeries("nothing", ["bare loop", "adapter"], clock);
            }

            series.RunPass(set.Count, Chunk, sum, [(at, n) => BareLoop(set.Shuffled.AsSpan(at, n)), (at, n) => peer.Lookup(set.Shuffled.AsSpan(at, n))]);
        }

        var result = series.Summarize();
        var (bare, adapter) = (result.Contenders[0].Median, result.Contenders[1].Median);
        var finding = $"{Format.Duration(bare)} and {Format.Duration(adapter)} a key, {result.FairPasses} fair passes";
        return adapter - bare <= MostOverhead ? new Check(Claim, Outcome.Passed, finding)
            : new Check(Claim, result.FairPasses < Passes / 2 ? Outcome.Inconclusive : Outcome.Failed, finding);
    }

    private static ulong BareLoop(ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += key;
        }

        return sum;
    }

    private (SeriesResult Same, SeriesResult Planted) SameAndPlanted()
    {
        var set = KeySets.Dense(Entries);
        using var one = PeerCatalog.All[0].Create(set.Count);
        one.Insert(set.Shuffled, set.ShuffledValues);
        var sum = set.ValueSum();
        ChunkWork work = (at, n) => one.Lookup(set.Shuffled.AsSpan(at, n));
        var (same, planted) = (New(), New());
        for (var pass = -20; pass < Passes; pass++)
        {
            stop.ThrowIfCancellationRequested();
            if (pass == 0)
            {
                stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
                (same, planted) = (New(), New());
            }

            same.RunPass(set.Count, Chunk, sum, [Plant.In(work, Plant.None), Plant.In(work, Plant.None)]);
            planted.RunPass(set.Count, Chunk, sum, [Plant.In(work, Plant.None), Plant.In(work, Plant.Slowdown)]);
            progress.Report((double)Math.Max(0, pass) / Passes);
        }

        return (same.Summarize(), planted.Summarize());

        InterleavedSeries New() => new("lookup", ["RadixTable", "beside"], clock);
    }

    /// <summary>Passed near what was planted; failed where even the bounds lie off it; otherwise noise.</summary>
    public static Check Judge(string claim, SeriesResult result, double planted, double tolerance)
    {
        var beside = result.Contenders[1];
        var finding = $"{Format.Duration(result.Contenders[0].Median)} and {Format.Duration(beside.Median)}, ratio {Format.Number(beside.Ratio, 3)} [{Format.Number(beside.RatioLow, 3)}, {Format.Number(beside.RatioHigh, 3)}], {result.FairPasses} fair passes";
        var seen = planted == 1 || beside.Verdict == Verdict.Slower;
        if (Math.Abs(beside.Ratio - planted) <= tolerance && seen)
        {
            return new Check(claim, Outcome.Passed, finding);
        }

        var off = beside.Verdict != Verdict.Inconclusive && (beside.RatioLow > planted + tolerance || beside.RatioHigh < planted - tolerance);
        return new Check(claim, off && result.UnfairPasses == 0 ? Outcome.Failed : Outcome.Inconclusive, finding);
    }

    /// <summary>A saved run without the plant beside a run with it. There the peer got slower, so beside it the table got faster.</summary>
    private static Check BaselineSees(SeriesResult same, SeriesResult planted)
    {
        const string Claim = "A run beside a saved one says what changed: a tenth planted in the peer";
        CompareRun Of(SeriesResult result) =>
            new(DateTimeOffset.UnixEpoch, "", false, MachineInfo.Read()) { Sets = [new CompareSet("dense", 1, [result], [])] };
        var change = Baseline.Compare(Of(same), Of(planted)).Single();
        var finding = $"change {Format.Number(change.Ratio, 3)} [{Format.Number(change.Low, 3)}, {Format.Number(change.High, 3)}]";
        return new Check(Claim, change.Verdict switch
        {
            Verdict.Faster => Outcome.Passed,
            Verdict.Slower => Outcome.Failed,
            _ => Outcome.Inconclusive,
        }, finding);
    }

    /// <summary>Pauses that are planted must count for every operation that was due meanwhile, not for one.</summary>
    private Check OpenLoopSees()
    {
        const string Claim = "The open loop counts a pause for every operation that was due in it";
        const int pauses = 5;
        var pause = TimeSpan.FromMilliseconds(5);
        var set = KeySets.Dense(Entries);
        using var pausing = new PausingPeer(pause, every: 50_000);
        var histogram = OpenLoop.Run(pausing, set, LatencyChild.NanosecondsBetween, TimeSpan.FromMilliseconds(50), pauses * TimeSpan.FromMilliseconds(100));
        var half = (long)pause.TotalNanoseconds / 2;
        var late = histogram.TotalCount - histogram.RecordedValues().Where(bucket => bucket.ValueIteratedTo < half).Sum(bucket => bucket.CountAddedInThisIterationStep);
        var expected = pausing.Pauses * (pause.TotalNanoseconds - half) / LatencyChild.NanosecondsBetween;
        var finding = $"{Format.Number(late)} operations late by half a pause or more; {pausing.Pauses} pauses make {Format.Number((long)expected)}; worst {Format.Duration(histogram.GetMaxValue())}";
        return Check.That(Claim, pausing.Pauses > 0 && late >= expected * 0.8 && histogram.GetMaxValue() >= pause.TotalNanoseconds * 0.99, finding);
    }
}
