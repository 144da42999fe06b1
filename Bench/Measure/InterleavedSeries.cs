namespace Alloc.Bench.Measure;

/// <summary>A part of an operation: items [start, start + count), done by one contender; returns its checksum.</summary>
internal delegate ulong ChunkWork(int start, int count);

/// <summary>
/// One operation measured on several contenders that take turns, chunk by chunk (A B C, B C A, …), so that whatever else the machine does
/// hits all of them. A pass gives one sample a contender; samples of a pass are paired. Beside every chunk runs a calibration that touches no
/// memory: a pass in which its median differs much between contenders was not fair to all, and is left out. Where hardly a pass was fair, all
/// are shown, and decide nothing.
/// </summary>
internal sealed class InterleavedSeries(string operation, string[] contenders, IClock clock)
{
    /// <summary>A pass is unfair when the machine was this much slower beside one contender than beside another.</summary>
    public const double FairnessLimit = 1.25;

    /// <summary>Below this confidence the bounds of a median say nothing.</summary>
    public const double LeastConfidence = 0.9;

    /// <summary>With fewer fair passes than this, the unfair ones are shown too.</summary>
    private const int FewestShown = 3;

    private readonly List<(double[] Times, bool Fair)> _samples = [];

    public string Operation => operation;

    public int FairPasses => _samples.Count(sample => sample.Fair);

    public int Passes => _samples.Count;

    /// <summary>
    /// Runs all items once through every contender. A contender whose checksum is wrong ends the run: its time means nothing.
    /// </summary>
    public void RunPass(int items, int chunk, ulong expected, ReadOnlySpan<ChunkWork> works)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(works.Length, contenders.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(items);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk);
        var time = new long[works.Length];
        var chunks = (items + chunk - 1) / chunk;
        var calibration = Enumerable.Range(0, works.Length).Select(_ => new double[chunks]).ToArray();
        var sums = new ulong[works.Length];
        var turn = Passes;
        for (var start = 0; start < items; start += chunk)
        {
            var count = Math.Min(chunk, items - start);
            for (var i = 0; i < works.Length; i++)
            {
                var who = (turn + i) % works.Length;
                calibration[who][start / chunk] = clock.Calibrate();
                var before = clock.Now();
                sums[who] += works[who](start, count);
                time[who] += clock.Now() - before;
            }

            turn++;
        }

        for (var i = 0; i < works.Length; i++)
        {
            if (sums[i] != expected)
            {
                throw new WrongChecksumException(operation, contenders[i], expected, sums[i]);
            }
        }

        double[] medians = [.. calibration.Select(one => Quantiles.Median(one))];
        _samples.Add(([.. time.Select(t => (double)t / items)], medians.Max() <= FairnessLimit * medians.Min()));
    }

    /// <summary>
    /// Medians, and ratios to the first contender (above 1: slower than it), with bounds at 95 % where the number of passes
    /// allows.
    /// </summary>
    public SeriesResult Summarize()
    {
        var fair = FairPasses;
        double[][] samples = [.. _samples.Where(sample => sample.Fair || fair < FewestShown).Select(sample => sample.Times)];
        var results = new ContenderResult[contenders.Length];
        for (var i = 0; i < results.Length; i++)
        {
            double[] times = [.. samples.Select(sample => sample[i])];
            double[] ratios = [.. samples.Select(sample => sample[i] / sample[0])];
            var (low, high, confidence) = Quantiles.MedianBounds(ratios);
            var verdict = i == 0 ? Verdict.Reference
                : fair < FewestShown || confidence < LeastConfidence || (low <= 1 && high >= 1) ? Verdict.Inconclusive
                : low > 1 ? Verdict.Slower
                : Verdict.Faster;
            results[i] = new ContenderResult(contenders[i], Quantiles.Median(times), times.DefaultIfEmpty(double.NaN).Min(),
                Quantiles.Median(ratios), low, high, verdict);
        }

        return new SeriesResult(operation, results, fair, Passes - fair);
    }
}

/// <summary>What a contender's ratio to the reference says.</summary>
internal enum Verdict
{
    Reference,
    Faster,
    Slower,

    /// <summary>The bounds hold 1, or too few fair passes were left.</summary>
    Inconclusive,
}

/// <summary>Nanoseconds an item, and the ratio to the reference of the same passes.</summary>
internal sealed record ContenderResult(
    string Name, double Median, double Minimum, double Ratio, double RatioLow, double RatioHigh, Verdict Verdict);

internal sealed record SeriesResult(string Operation, ContenderResult[] Contenders, int FairPasses, int UnfairPasses);

/// <summary>A contender answered wrongly: nothing that was timed can be believed.</summary>
internal sealed class WrongChecksumException(string operation, string contender, ulong expected, ulong actual)
    : Exception($"{contender} answered wrongly in '{operation}': checksum {actual:x16}, expected {expected:x16}.");
