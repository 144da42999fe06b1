namespace Alloc.Bench.Measure;

/// <summary>A part of an operation: items [start, start + count), done by one contender; returns its checksum.</summary>
internal delegate ulong ChunkWork(int start, int count);

/// <summary>
/// One operation measured on several contenders that take turns, chunk by chunk (A B C, B C A, …), so that whatever else the machine does
/// hits all of them. A pass gives one sample a contender; samples of a pass are paired. Beside every chunk runs a calibration that touches no
/// memory: a pass in which it differs much between contenders was not fair to all, and is left out.
/// </summary>
internal sealed class InterleavedSeries(string operation, string[] contenders, IClock clock)
{
    /// <summary>A pass is unfair when the machine was this much slower beside one contender than beside another.</summary>
    public const double FairnessLimit = 1.25;

    /// <summary>Below this confidence the bounds of a median say nothing.</summary>
    public const double LeastConfidence = 0.9;

    private readonly List<double[]> _samples = [];
    private int _unfair;

    public string Operation => operation;

    public int FairPasses => _samples.Count;

    public int Passes => _samples.Count + _unfair;

    /// <summary>
    /// Runs all items once through every contender. A contender whose checksum is wrong ends the run: its time means nothing.
    /// </summary>
    public void RunPass(int items, int chunk, ulong expected, ReadOnlySpan<ChunkWork> works)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(works.Length, contenders.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(items);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk);
        var time = new long[works.Length];
        var calibration = new long[works.Length];
        var sums = new ulong[works.Length];
        var turn = Passes;
        for (var start = 0; start < items; start += chunk)
        {
            var count = Math.Min(chunk, items - start);
            for (var i = 0; i < works.Length; i++)
            {
                var who = (turn + i) % works.Length;
                calibration[who] += clock.Calibrate();
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

        if (calibration.Max() > FairnessLimit * calibration.Min())
        {
            _unfair++;
            return;
        }

        _samples.Add([.. time.Select(t => (double)t / items)]);
    }

    /// <summary>
    /// Medians, and ratios to the first contender (above 1: slower than it), with bounds at 95 % where the number of passes
    /// allows.
    /// </summary>
    public SeriesResult Summarize()
    {
        var results = new ContenderResult[contenders.Length];
        for (var i = 0; i < results.Length; i++)
        {
            double[] times = [.. _samples.Select(sample => sample[i])];
            double[] ratios = [.. _samples.Select(sample => sample[i] / sample[0])];
            var (low, high, confidence) = Quantiles.MedianBounds(ratios);
            var verdict = i == 0 ? Verdict.Reference
                : confidence < LeastConfidence || (low <= 1 && high >= 1) ? Verdict.Inconclusive
                : low > 1 ? Verdict.Slower
                : Verdict.Faster;
            results[i] = new ContenderResult(contenders[i], Quantiles.Median(times), times.DefaultIfEmpty(double.NaN).Min(),
                Quantiles.Median(ratios), low, high, verdict);
        }

        return new SeriesResult(operation, results, _samples.Count, _unfair);
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
