using System.Diagnostics;
using Alloc.PageTable;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>Every schedule of small scenarios, up to a number of preemptions; <c>ALLOC_TEST_SCALE</c> of 10 or more allows one more in each, below 1 one less.</summary>
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
        Explored explored = exploration.Run(Math.Max(1, scenario.Bound + Extra));
        output.WriteLine($"{explored} {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
        Assert.True(explored.Schedules > 5, $"only {explored}: the threads hardly meet");
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
