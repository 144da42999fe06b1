using System.Diagnostics;
using Alloc.Bench.Measure;

namespace Alloc.Bench.Rcu;

/// <summary>How many times the sections of one thread two threads finish, over what an empty loop gains in the same round.</summary>
internal sealed unsafe class ReaderScaling(RcuStage stage, int reads)
{
    private readonly List<double> _empty = [], _flat = [], _nestable = [];

    public void Round()
    {
        var empty = Gain(() => ReadLoops.Empty(reads, stage.Cell));
        _empty.Add(empty);
        _flat.Add(Gain(() =>
        {
            using var reader = stage.AsDefault.Register();
            return ReadLoops.Flat(reads, stage.Cell, reader);
        }) / empty);
        _nestable.Add(Gain(() =>
        {
            using var reader = stage.AsDefault.Register();
            return ReadLoops.Nestable(reads, stage.Cell, reader);
        }) / empty);
    }

    public ScalingResult[] Result() => [Summarize("empty loop, two threads over one", _empty, null), Summarize(RcuRaces.Flat, _flat, 0.95),
        Summarize(RcuRaces.Nestable, _nestable, 0.95)];

    private static ScalingResult Summarize(string name, List<double> rounds, double? atLeast)
    {
        var (low, high, _) = Quantiles.MedianBounds([.. rounds]);
        return new ScalingResult(name, Quantiles.Median([.. rounds]), low, high, atLeast);
    }

    private double Gain(Func<ulong> work) => 2 * Timed(1, work) / Timed(2, work);

    private double Timed(int threads, Func<ulong> work)
    {
        var sum = 0UL;
        using var start = new Barrier(threads + 1);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            Interlocked.Add(ref sum, work());
        }))];
        Array.ForEach(all, thread => thread.Start());
        start.SignalAndWait();
        var began = Stopwatch.GetTimestamp();
        Array.ForEach(all, thread => thread.Join());
        var time = Stopwatch.GetElapsedTime(began).TotalNanoseconds;
        var expected = (ulong)threads * (ulong)reads * RcuStage.Value;
        return sum == expected ? time : throw new WrongChecksumException("two threads", "readers", expected, sum);
    }
}

/// <summary>Medians of the rounds with their bounds; the first is a factor, the others are relative to it.</summary>
internal sealed record ScalingResult(string Name, double Median, double Low, double High, double? AtLeast);
