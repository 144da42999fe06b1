using Alloc.Bench.Measure;
using Alloc.Bench.Rcu;
using Alloc.Bench.Report;

namespace Alloc.Bench.Questions;

/// <summary>Entering and leaving a read section around one load, by every kind of handle and peer.</summary>
internal sealed class SectionCost : IQuestion
{
    public string Name => "section";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        using var stage = new RcuStage(4096);
        var amount = sizes.IsQuick ? new Amount(1 << 14, 1 << 12, RcuStage.Value) : new Amount(1 << 20, 1 << 16, RcuStage.Value);
        var gate = new ReaderWriterLockSlim();
        for (var round = 0; round < 4; round++)
        {
            var warm = NewRace(stage, new Amount(1 << 14, 1 << 10, RcuStage.Value), gate);
            warm.RunPass();
            warm.RunPass();
            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(150));
        }

        var race = NewRace(stage, amount, gate);
        for (var pass = 0; pass < sizes.Passes * 2; pass++)
        {
            stop.ThrowIfCancellationRequested();
            race.RunPass();
        }

        var result = race.Result().Series;
        double Of(string name) => result.Contenders.First(one => one.Name == name).Median;
        var beside = result.Contenders.FirstOrDefault(one => one.Name == RcuRaces.Memb) is { } memb ? $"; liburcu's memb flavour takes {Format.Duration(memb.Median)}" : "";
        return new Answer("What does a read section cost?",
            $"A loop with one load takes {Format.Duration(Of("empty loop"))} a turn; with a section around the load {Format.Duration(Of(RcuRaces.Flat))} through a handle that "
                + $"is not nested, {Format.Duration(Of(RcuRaces.Nestable))} through one that may be{beside}. A reader lock takes {Format.Duration(Of("ReaderWriterLockSlim"))}, "
                + "and is written to by every reader, so it gets slower with each processor, which a section does not.",
            new Drawing("One load inside a section", "Nanoseconds for entering, one load, and leaving; the loop is included.", "", "time of a section",
                [new ChartSeries("median", Palette.Of("RadixTable"), [], [.. result.Contenders.Select(one => one.Median)])])
            {
                Groups = [.. result.Contenders.Select(one => one.Name)],
                Times = true,
            });
    }

    private static unsafe Race NewRace(RcuStage stage, Amount amount, ReaderWriterLockSlim gate) => new("section", new MachineClock(), amount,
    [
        new Contender("empty loop", (_, n) => ReadLoops.Empty(n, stage.Cell)),
        new Contender(RcuRaces.Flat, (_, n) => ReadLoops.Flat(n, stage.Cell, stage.Reader)),
        new Contender(RcuRaces.Nestable, (_, n) => ReadLoops.Nestable(n, stage.Cell, stage.Reader)),
        new Contender(RcuRaces.Implicit, (_, n) => ReadLoops.Implicit(n, stage.Cell, stage.AsDefault)),
        stage.Urcu is { } urcu ? new Contender(RcuRaces.Memb, (_, n) => urcu.ReadMemb(n, stage.Cell)) : null,
        stage.Ck is { } ck ? new Contender("Concurrency Kit", (_, n) => ck.Read(n, stage.Cell)) : null,
        new Contender(RcuRaces.LightName, (_, n) => ReadLoops.Light(n, stage.Cell, stage.Light)),
        new Contender("ReaderWriterLockSlim", (_, n) => Locked(n, stage.Cell, gate)),
    ]);

    private static unsafe ulong Locked(int count, ulong* cell, ReaderWriterLockSlim gate)
    {
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            gate.EnterReadLock();
            sum += *cell;
            gate.ExitReadLock();
        }

        return sum;
    }
}
