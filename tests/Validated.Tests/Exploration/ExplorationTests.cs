using System.Diagnostics;
using Alloc.PageTable;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>Every schedule of small scenarios, up to a number of preemptions; <c>ALLOC_TEST_SCALE</c> of 10 or more allows one more where there are two, below 1 one less.</summary>
[Collection(Stage.Name)]
public class ExplorationTests(Xunit.Abstractions.ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Scenario.All.Select(s => s.Name)];

    private static int Extra => TestScale.Factor >= 10 ? 1 : TestScale.Factor < 1 ? -1 : 0;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_schedule_has_answers_that_an_order_explains_and_leaves_a_sound_tree_in(string name)
    {
        Scenario scenario = Scenario.All.Single(s => s.Name == name);
        using var exploration = new Exploration(scenario);
        long began = Stopwatch.GetTimestamp();
        Explored explored = exploration.Run(scenario.Bound == 1 ? 1 : scenario.Bound + Extra);
        output.WriteLine($"{explored} {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
        Assert.True(explored is { Schedules: > 2, Meetings: > 0 }, $"only {explored}: the threads do not meet");
    }

    public static TheoryData<string> NamesForEveryAccess =>
        Extra > 0 ? Names : ["two adds of one key into an empty table", "split above against the removal below", "a crowded bucket grows against a removal"];

    /// <summary>The reduction to where threads meet must lose nothing: here every access is a choice, with one preemption.</summary>
    [Theory]
    [MemberData(nameof(NamesForEveryAccess))]
    public void With_a_choice_at_every_access_the_answers_are_explained_as_well_in(string name)
    {
        using var exploration = new Exploration(Scenario.All.Single(s => s.Name == name), everywhere: true);
        Explored explored = exploration.Run(1);
        output.WriteLine($"{explored}");
    }

    public static TheoryData<string> NamesForEverySchedule => Extra > 0 ? Names :
    [
        "add against the removal of the last value", "two removals that empty a directory", "update of a cell against the same bits in another",
        "a lane claimed against the freeze of the bucket", "two increments of one counter", "a range inside a run against an update and a removal",
        "enumeration against a replacement", "lookups against a removal and an add in its place", "three threads: removal, add and lookup",
    ];

    /// <summary>What the reduction to one order of accesses that do not conflict leaves out must give nothing that is not given otherwise.</summary>
    [Theory]
    [MemberData(nameof(NamesForEverySchedule))]
    public void Without_the_reduction_no_other_answers_come_in(string name)
    {
        Scenario scenario = Scenario.All.Single(s => s.Name == name);
        using var some = new Exploration(scenario);
        Explored reduced = some.Run(2);
        using var all = new Exploration(scenario, reduction: Reduction.None);
        Explored full = all.Run(2);
        output.WriteLine($"{reduced} of {full}, {all.Outcomes.Count} outcomes");
        Assert.Equal(all.Outcomes.Order(), some.Outcomes.Order());
    }

    [Fact]
    public void A_reduction_that_takes_nothing_for_a_conflict_misses_answers()
    {
        Scenario scenario = Scenario.All.Single(s => s.Name == "update of a cell against the same bits in another");
        using var some = new Exploration(scenario, reduction: Reduction.Blind);
        some.Run(2);
        using var all = new Exploration(scenario);
        all.Run(2);
        Assert.True(some.Outcomes.Count < all.Outcomes.Count, $"{some.Outcomes.Count} of {all.Outcomes.Count}");
    }

    [Fact]
    public void There_are_at_least_twenty_scenarios() => Assert.True(Scenario.All.Count >= 20);

    [Fact]
    public void An_add_that_looks_first_and_acts_then_is_found()
    {
        var scenario = new Scenario("careless adds", [Act.Add(4, 9)], [Act.Add(3, 1)], [Act.Add(3, 2)]);
        using var exploration = new Exploration(scenario, static (table, act) =>
        {
            if (table.ContainsKey(act.Key)) return new Answer(0, Act.Absent);
            table[act.Key] = act.Value;
            return new Answer(1, Act.Absent);
        });
        Assert.Contains("no order of the calls", Assert.Throws<WrongExecutionException>(() => exploration.Run(1)).Message);
    }

    [Fact]
    public void A_counter_that_is_read_and_then_written_is_found_and_only_by_a_preemption()
    {
        var scenario = new Scenario("careless counters", [Act.Add(3, 10)], [Act.Grow(3, 1)], [Act.Grow(3, 2)]);
        using var exploration = new Exploration(scenario, static (table, act) =>
        {
            ulong value = table[act.Key] + act.Value;
            table[act.Key] = value;
            return new Answer(1, value);
        });
        exploration.Run(0);
        Assert.Contains("no order of the calls", Assert.Throws<WrongExecutionException>(() => exploration.Run(1)).Message);
    }
}
