using System.Globalization;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>Scenarios that nobody thought of: a few random calls of two threads on keys that lie badly, each searched as the others are.</summary>
[Collection(Stage.Name)]
public class RandomScenarioTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly ulong[][] Layouts =
    [
        [510, 511, 512],
        [3, 4, 1UL << 40],
        [3, 1UL << 27, 1UL << 54],
        [0, 1UL << 63, ulong.MaxValue],
        [ulong.MaxValue, ulong.MaxValue - 1, 7],
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_schedule_of_random_calls_has_answers_that_an_order_explains(int layout)
    {
        // Another beginning for other scenarios; a failure prints its number.
        int first = int.Parse(Environment.GetEnvironmentVariable("ALLOC_EXPLORE_FIRST") ?? "1", CultureInfo.InvariantCulture);
        long schedules = 0;
        int count = TestScale.Of(12);
        for (int number = first; number < first + count; number++)
        {
            Scenario scenario = Make(Layouts[layout], number);
            using var exploration = new Exploration(scenario);
            schedules += exploration.Run(scenario.Bound).Schedules;
        }
        output.WriteLine($"{count} scenarios, {schedules} schedules");
    }

    private static Scenario Make(ulong[] keys, int number)
    {
        var random = new Random(number);
        ulong value = 0;
        Act[] before = [.. Enumerable.Range(0, random.Next(2, 7)).Select(_ => Call(random, keys, ref value, []))];
        ulong[] values = [.. before.Where(act => act.Kind is ActKind.Add or ActKind.Set).Select(act => act.Value), 1];
        Act[][] threads = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, random.Next(1, 4)).Select(_ => Call(random, keys, ref value, values)).ToArray())];
        // Long programs with few preemptions, short ones with more.
        string text = string.Join(" | ", threads.Prepend(before).Select(acts => string.Join("; ", acts.AsEnumerable())));
        return new Scenario($"number {number}: {text}", before, threads) { Bound = threads.Sum(t => t.Length) > 4 ? 1 : 2, AllKeys = keys };
    }

    private static Act Call(Random random, ulong[] keys, ref ulong value, ulong[] values)
    {
        ulong key = keys[random.Next(keys.Length)], next = ++value * 16;
        if (random.Next(2) == 0) next |= Act.InCell;
        return random.Next(12) switch
        {
            < 4 => Act.Add(key, next),
            < 7 => Act.Remove(key),
            7 => Act.Set(key, next),
            8 => Act.RemoveRange(key, key),
            9 => values.Length > 0 ? Act.Update(key, next, values[random.Next(values.Length)]) : Act.Add(key, next),
            10 => values.Length > 0 ? Act.Get(key) : Act.Set(key, next),
            _ => Act.Trim(),
        };
    }
}
