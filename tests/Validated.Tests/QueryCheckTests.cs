using Alloc.Validated.Tests.Histories;

namespace Alloc.Validated.Tests;

/// <summary>What is read out of a query's answer: keys 10, 30 and 50, and entries 20 and 40 beside them that stand still.</summary>
public class QueryCheckTests
{
    [Fact]
    public void A_neighbour_says_that_it_is_there_and_that_those_passed_over_are_not()
    {
        AssertSays([Sight.Absent, Sight.None, Sight.None], Neighbour(5, isUp: true), (20, 20));
        AssertSays([Sight.Present, Sight.None, Sight.None], Neighbour(5, isUp: true), (10, 7));
        AssertSays([Sight.None, Sight.None, Sight.Absent], Neighbour(41, isUp: true));
        AssertSays([Sight.None, Sight.None, Sight.Absent], Neighbour(60, isUp: false), (40, 40));
        AssertSays([Sight.None, Sight.Present, Sight.None], Neighbour(39, isUp: false), (30, 7));
    }

    [Fact]
    public void A_range_says_of_each_key_in_it_whether_it_is_there()
    {
        AssertSays([Sight.Absent, Sight.Present, Sight.None], Range(0, 40, isUp: true), (20, 20), (30, 7), (40, 40));
        AssertSays([Sight.None, Sight.Absent, Sight.Present], Range(20, 60, isUp: false), (50, 7), (40, 40), (20, 20));
    }

    [Fact]
    public void What_no_other_call_can_excuse_is_refused_at_once()
    {
        AssertWrong(Neighbour(15, isUp: true), (40, 40)); // an entry that stands still was passed over
        AssertWrong(Neighbour(35, isUp: false)); // the same, and none was found
        AssertWrong(Neighbour(15, isUp: true), (10, 7)); // in the wrong direction
        AssertWrong(Range(0, 60, isUp: true), (20, 20)); // one is missing
        AssertWrong(Range(0, 60, isUp: true), (20, 20), (20, 20), (40, 40)); // one comes twice
        AssertWrong(Range(0, 60, isUp: false), (20, 20), (40, 40)); // the wrong way round
        AssertWrong(Range(0, 60, isUp: true), (20, 21), (40, 40)); // a value that was never there
        AssertWrong(Range(0, 60, isUp: true), (20, 20), (25, 7), (40, 40)); // a key that was never there
    }

    [Fact]
    public void What_stands_still_is_counted_at_both_borders()
    {
        var check = new QueryCheck([10, 30, 50], [40, 20]);
        Assert.Equal([2, 2, 1, 0, 0], [check.CountBackground(0, ulong.MaxValue), check.CountBackground(20, 40), check.CountBackground(21, 40), check.CountBackground(21, 39), check.CountBackground(41, 60)]);
    }

    private static Call Neighbour(ulong from, bool isUp) => new() { Kind = CallKind.Neighbour, First = from, IsUp = isUp };

    private static Call Range(ulong first, ulong last, bool isUp) => new() { Kind = CallKind.Range, First = first, Last = last, IsUp = isUp };

    private static void AssertSays(Sight[] sights, Call call, params (ulong Key, ulong Value)[] seen)
    {
        Assert.Null(Read(ref call, seen));
        for (int key = 0; key < sights.Length; key++)
        {
            Assert.Equal(sights[key], call.Saw[key].Sight);
            Assert.Equal(sights[key] == Sight.Present ? 7UL : Call.Absent, call.Saw[key].Value);
        }
    }

    private static void AssertWrong(Call call, params (ulong Key, ulong Value)[] seen) => Assert.NotNull(Read(ref call, seen));

    private static string? Read(ref Call call, (ulong Key, ulong Value)[] seen) =>
        new QueryCheck([10, 30, 50], [20, 40]).Read(ref call, [.. seen.Select(entry => KeyValuePair.Create(entry.Key, entry.Value))]);
}
