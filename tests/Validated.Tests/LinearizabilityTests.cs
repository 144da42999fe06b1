using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Validated.Tests.Histories;

namespace Alloc.Validated.Tests;

/// <summary>Every answer of overlapping calls on one key can be explained by one order of them, whatever happens to the nodes meanwhile.</summary>
[Collection(Stage.Name)]
public class LinearizabilityTests
{
    private readonly Xunit.Abstractions.ITestOutputHelper _output;

    public LinearizabilityTests(Xunit.Abstractions.ITestOutputHelper output) => _output = output;

    [Theory]
    [InlineData(2, 3, 600_000, ReclaimMode.Rcu)]
    [InlineData(2, 6, 100_000, ReclaimMode.Rcu)]
    [InlineData(3, 3, 40_000, ReclaimMode.Rcu)]
    [InlineData(2, 4, 60_000, ReclaimMode.None)]
    public void Recorded_histories_are_linearizable(int threads, int calls, int histories, ReclaimMode mode) =>
        Record(CallMix.Registers, threads, calls, histories, mode);

    // What they promise is less: of each key by itself, something that was so at a moment of the call.
    [Theory]
    [InlineData(2, 3, 160_000, ReclaimMode.Rcu)]
    [InlineData(3, 3, 20_000, ReclaimMode.Rcu)]
    [InlineData(2, 4, 20_000, ReclaimMode.None)]
    public void Neighbours_ranges_and_counts_say_of_each_key_what_was_so_at_a_moment_of_the_call(int threads, int calls, int histories, ReclaimMode mode) =>
        Record(CallMix.Queries, threads, calls, histories, mode);

    [Theory]
    [InlineData(nameof(CallKind.Add))]
    [InlineData(nameof(CallKind.Exchange))]
    [InlineData(nameof(CallKind.Plus))]
    [InlineData(nameof(CallKind.CursorGet))]
    [InlineData(nameof(CallKind.Neighbour))]
    [InlineData(nameof(CallKind.Range))]
    [InlineData(nameof(CallKind.Count))]
    public void A_table_that_is_careless_in_one_kind_of_call_is_refused(string kind)
    {
        CallKind careless = Enum.Parse<CallKind>(kind);
        using var fixture = new TableFixture<ulong>();
        // Nothing beside the keys, so that their histories alone decide.
        HistoryLayout[] layouts = [.. HistoryLayout.All.Where(layout => layout.Background.Length == 0)];
        for (int seed = 0; seed < 40; seed++)
        {
            var run = new HistoryRun(new CarelessRegisters(fixture.Table, careless), layouts, CallMix.Of(careless), threads: 2, callsPerThread: 4, seed);
            run.Run(20_000);
            if (run.Refused is null) continue;
            _output.WriteLine($"seed {seed}: {run.Refused}");
            return;
        }
        Assert.Fail("the checker saw nothing in 800,000 histories of a careless table");
    }

    private void Record(CallMix mix, int threads, int calls, int histories, ReclaimMode mode)
    {
        using var fixture = new TableFixture<ulong>(mode);
        var run = new HistoryRun(new TableRegisters(fixture.Table), HistoryLayout.All, mix, threads, calls, seed: TestSeed.Of(threads * 100 + calls));
        run.Run(TestScale.Of(histories));
        Assert.True(run.Refused is null, run.Refused);
        Assert.True(run.Histories >= TestScale.Of(histories));
        RadixTableStatistics s = fixture.StatisticsAtRest();
        _output.WriteLine($"{run.Histories} histories, {run.Overlapping} times overlapping calls on one key; {s}");
        Assert.True(run.Overlapping > run.Histories / 20, $"only {run.Overlapping} of {run.Histories} overlapped");
        if (mode == ReclaimMode.Rcu) Assert.True(s is { Helps: > 0, LostSwings: > 0, Splits: > 0, Replacements: > 0 }, s.ToString());
        TreeCheck.AtRest(fixture.Table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void The_checker_accepts_what_some_order_explains()
    {
        // An add that overlaps a get: the get may see it or not.
        AssertAccepted(Add(1, 10, 7), Get(2, 3, 7));
        AssertAccepted(Add(1, 10, 7), Get(2, 3, Call.Absent));
        // Two adds at once, one of which wins, and a removal that takes the winner's value.
        AssertAccepted(Add(1, 5, 7), Add(2, 6, 8, false), Remove(7, 8, 7));
        AssertAccepted(Add(1, 9, 7, false), Add(2, 9, 8), Remove(3, 9, 8), Add(10, 11, 9));
        // A compare that fails because the value had gone between.
        AssertAccepted(Add(1, 2, 7), Remove(3, 9, 7), Update(4, 5, 8, 7, false));
        AssertAccepted(Add(1, 2, 7), Remove(3, 9, 8), Update(4, 5, 8, 7, true));
        // Exchanges and sums that overlap, in either order.
        AssertAccepted(Exchange(1, 9, 7, Call.Absent), Exchange(2, 8, 8, 7), Get(10, 11, 8));
        AssertAccepted(Plus(1, 9, 3, 8), Plus(2, 8, 5, 5), Get(10, 11, 8));
    }

    [Fact]
    public void The_checker_refuses_what_no_order_explains()
    {
        // A value that nobody put.
        AssertRefused(Get(1, 2, 7));
        // A lookup that misses what was there before it began; and one that finds what had gone.
        AssertRefused(Add(1, 2, 7), Get(3, 4, Call.Absent));
        AssertRefused(Add(1, 2, 7), Remove(3, 4, 7), Get(5, 6, 7));
        // Two adds that both win, two removals that both take.
        AssertRefused(Add(1, 5, 7), Add(2, 6, 8));
        AssertRefused(Add(1, 2, 7), Remove(3, 6, 7), Remove(4, 7, 7));
        // Two lookups, one after the other, that see a change and then do not.
        AssertRefused(Add(1, 20, 7), Get(2, 3, 7), Get(4, 5, Call.Absent));
        // An overwritten value that comes back.
        AssertRefused(Set(1, 2, 7), Set(3, 4, 8), Get(5, 6, 7));
        // An update and a removal that both had the same value.
        AssertRefused(Add(1, 2, 7), Update(3, 6, 8, 7, true), Remove(4, 5, 7));
        // A lost update: an add is answered false although nothing was ever there.
        AssertRefused(Add(1, 2, 7, false));
        // Two exchanges that tell of one value; two sums of which one is lost.
        AssertRefused(Set(1, 2, 6), Exchange(3, 9, 7, 6), Exchange(4, 8, 8, 6));
        AssertRefused(Plus(1, 9, 3, 3), Plus(2, 8, 5, 5), Get(10, 11, 5));
    }

    [Fact]
    public void The_checker_carries_the_possible_states_from_one_history_to_the_next()
    {
        var checker = new LinearizabilityChecker();
        List<ulong> states = [Call.Absent];
        checker.Begin();
        checker.Add(Set(1, 5, 7));
        checker.Add(Set(2, 6, 8));
        Assert.True(checker.Check(states));
        Assert.Equal([7UL, 8UL], states.Order());
        checker.Begin();
        checker.Add(Get(7, 8, 7));
        Assert.True(checker.Check(states));
        Assert.Equal([7UL], states);
        checker.Begin();
        checker.Add(Get(9, 10, 8));
        Assert.False(checker.Check(states));
    }

    private static void AssertAccepted(params Call[] calls) => Assert.True(Accepts(calls), string.Join('\n', calls));

    private static void AssertRefused(params Call[] calls) => Assert.False(Accepts(calls), string.Join('\n', calls));

    private static bool Accepts(Call[] calls)
    {
        var checker = new LinearizabilityChecker();
        checker.Begin();
        foreach (Call call in calls) checker.Add(in call);
        return checker.Check([Call.Absent]);
    }

    private static Call Get(long began, long ended, ulong result) =>
        new() { Kind = CallKind.Get, Began = began, Ended = ended, Answer = result != Call.Absent, Result = result };

    private static Call Set(long began, long ended, ulong value) => new() { Kind = CallKind.Set, Began = began, Ended = ended, Argument = value };

    private static Call Exchange(long began, long ended, ulong value, ulong previous) =>
        new() { Kind = CallKind.Exchange, Began = began, Ended = ended, Argument = value, Answer = previous != Call.Absent, Result = previous };

    private static Call Plus(long began, long ended, ulong amount, ulong sum) => new() { Kind = CallKind.Plus, Began = began, Ended = ended, Argument = amount, Result = sum };

    private static Call Add(long began, long ended, ulong value, bool answer = true) =>
        new() { Kind = CallKind.Add, Began = began, Ended = ended, Argument = value, Answer = answer };

    private static Call Remove(long began, long ended, ulong result) =>
        new() { Kind = CallKind.Remove, Began = began, Ended = ended, Answer = result != Call.Absent, Result = result };

    private static Call Update(long began, long ended, ulong value, ulong expected, bool answer) =>
        new() { Kind = CallKind.Update, Began = began, Ended = ended, Argument = value, Expected = expected, Answer = answer };
}
