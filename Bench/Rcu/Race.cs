using Alloc.Bench.Measure;

namespace Alloc.Bench.Rcu;

/// <summary>A way to do the operation.</summary>
/// <param name="Limit">The target: at most this many times the reference.</param>
internal sealed record Contender(string Name, ChunkWork Work, double? Limit = null);

/// <summary>What a pass does.</summary>
/// <param name="Each">What an item adds to the checksum.</param>
internal sealed record Amount(int Items, int Chunk, ulong Each = 1);

/// <summary>
/// One operation by several contenders in turns; the first is the reference. Missing peers are null. Without its reference the next one takes its
/// place, and no target is judged.
/// </summary>
internal sealed class Race
{
    private readonly Amount _amount;
    private readonly Contender[] _contenders;
    private readonly InterleavedSeries _series;
    private readonly bool _judged;

    public Race(string operation, IClock clock, Amount amount, Contender?[] contenders)
    {
        _amount = amount;
        _judged = contenders[0] is not null;
        _contenders = [.. contenders.OfType<Contender>()];
        _series = new InterleavedSeries(operation, [.. _contenders.Select(one => one.Name)], clock);
    }

    public int FairPasses => _series.FairPasses;

    public void RunPass() => _series.RunPass(_amount.Items, _amount.Chunk, (ulong)_amount.Items * _amount.Each, [.. _contenders.Select(one => one.Work)]);

    public RaceResult Result() => new(_series.Summarize(), [.. _contenders.Select(one => _judged ? one.Limit : null)]);
}

/// <summary>The figures of a race, and the targets of its contenders.</summary>
internal sealed record RaceResult(SeriesResult Series, double?[] Limits);
