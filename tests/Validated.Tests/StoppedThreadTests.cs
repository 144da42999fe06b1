using Alloc.Native;
using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Rcu;

namespace Alloc.Validated.Tests;

/// <summary>
/// A thread is stopped for good at each step of each change of structure, while others use the same nodes: they finish all that they do (lock
/// freedom, F11), also when there is no more memory, and once the thread goes on no frozen node is left and the answers add up.
/// </summary>
[Collection(Stage.Name)]
public class StoppedThreadTests
{
    private const ulong Far = 1UL << 40;

    /// <summary>What is in the table before, what the stopped thread does, and how many entries that adds.</summary>
    private static readonly Dictionary<string, (ulong[] Before, Func<RadixTable<ulong>, long> Do)> Scenarios = new()
    {
        ["the last value of a leaf table under the root is removed"] = ([3], t => Remove(t, 3)),
        ["the last value of a leaf table in a directory is removed"] = ([3, 515, 1030], t => Remove(t, 515)),
        ["the last value below two directories is removed, and both go"] = ([3, Far], t => Remove(t, 3) + Remove(t, Far)),
        ["a value in a cell is overwritten and removed"] = ([3, 4], t => Set(t, 3, 1UL << 62) + Remove(t, 3)),
        ["a whole leaf table is removed as a range"] = ([.. Enumerable.Range(0, 600).Select(i => (ulong)i)], t => -t.RemoveRange(0, 511)),
        ["a range that empties a leaf table from inside is removed"] = ([100, 101, 102, 600], t => -t.RemoveRange(90, 110)),
        ["a range over many nodes is removed"] = ([1, 511, 512, 1023, 1024, Far, Far + 512], t => -t.RemoveRange(0, ulong.MaxValue)),
        ["a key is put into an empty table"] = ([], t => Add(t, 77)),
        ["a key is put into an empty slot"] = ([3, 1030], t => Add(t, 515)),
        ["a key splits above a leaf table"] = ([3], t => Add(t, 515)),
        ["a key splits above a directory"] = ([3, 515], t => Add(t, Far)),
        ["a directory with one child collapses"] = ([3, 515], t => Remove(t, 515) + Trim(t)),
        ["a directory with one directory below collapses"] = ([3, 515, Far], t => Remove(t, Far) + Trim(t)),
    };

    public static TheoryData<string> Names => [.. Scenarios.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Others_finish_while_a_thread_stands_still_at_any_step_when(string scenario)
    {
        Assert.True(Puppet.Works);
        int[] steps = Run(scenario, null, 0, hungry: false);
        int stops = 0;
        foreach (Step step in new[] { Step.Change, Step.Freeze, Step.Copy, Step.Swing, Step.Retire })
        {
            foreach (int nth in Some(steps[(int)step]))
            {
                Run(scenario, step, nth, hungry: false);
                Run(scenario, step, nth, hungry: true);
                stops++;
            }
        }
        Assert.True(stops > 0, "the scenario has no step to stop at");
    }

    public static TheoryData<bool, bool> Orders => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Orders))]
    public void Others_finish_while_one_thread_stands_still_in_a_freeze_and_another_in_the_help(bool helperGoesFirst, bool hungry)
    {
        Func<RadixTable<ulong>, long>[] begins = [t => Remove(t, 515), t => -t.RemoveRange(512, 1023), t => Remove(t, 515) + Trim(t)];
        Func<RadixTable<ulong>, long>[] helps = [t => Add(t, 516), t => Remove(t, 515) + Add(t, 900), t => -t.RemoveRange(0, ulong.MaxValue), t => Add(t, Far) + Trim(t)];
        int pairs = 0;
        foreach (Func<RadixTable<ulong>, long> begin in begins)
        {
            foreach (Func<RadixTable<ulong>, long> help in helps)
            {
                foreach (Step first in new[] { Step.Copy, Step.Swing, Step.Retire })
                {
                    foreach (Step second in new[] { Step.Change, Step.Freeze, Step.Copy, Step.Swing, Step.Retire })
                    {
                        if (RunPair(begin, first, help, second, helperGoesFirst, hungry)) pairs++;
                    }
                }
            }
        }
        Assert.True(pairs > 40, $"only {pairs} pairs stood still at once");
    }

    private static bool RunPair(
        Func<RadixTable<ulong>, long> begin, Step first, Func<RadixTable<ulong>, long> help, Step second, bool helperGoesFirst, bool hungry)
    {
        var budget = new MemoryBudget(128 * Page.Size);
        using var pages = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var domain = new RcuDomain();
        using var ballast = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain, BatchThreshold = int.MaxValue });
        ulong[] before = [3, 515];
        foreach (ulong key in before) table[key] = InlineValues.Make(key, 1);
        long added = 0, others = 0;
        using var beginner = new Puppet(() => Interlocked.Add(ref added, begin(table)));
        using var helper = new Puppet(() => Interlocked.Add(ref added, help(table)));
        bool both = beginner.RunTo(first) && helper.RunTo(second);
        if (hungry)
        {
            while (ballast.TryAllocate(out _)) { }
        }
        Crew.Run(2, thread => Interlocked.Add(ref others, UseEverything(table, before, new Random((int)first * 64 + (int)second * 2 + thread), hungry)));
        if (hungry) ballast.Dispose();
        (helperGoesFirst ? helper : beginner).Finish();
        (helperGoesFirst ? beginner : helper).Finish();
        Assert.Equal(before.Length + added + others, table.Count);
        TreeCheck.AtRest(table, domain, pages);
        table.Trim();
        TreeCheck.AtRest(table, domain, pages, trimmed: true);
        return both;
    }

    // All of a few steps; of a pass over 512 words its ends and places within.
    private static IEnumerable<int> Some(int count) => count <= 12
        ? Enumerable.Range(1, count)
        : new[] { 1, 2, 3, 4, 5, count / 4, count / 2, count - 3, count - 2, count - 1, count }.Distinct();

    private static int[] Run(string scenario, Step? step, int nth, bool hungry)
    {
        (ulong[] before, Func<RadixTable<ulong>, long> act) = Scenarios[scenario];
        var budget = new MemoryBudget(128 * Page.Size);
        using var pages = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var domain = new RcuDomain();
        using var ballast = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain, BatchThreshold = int.MaxValue });
        foreach (ulong key in before) table[key] = InlineValues.Make(key, 1);
        long added = 0, others = 0;
        using var puppet = new Puppet(() => added = act(table));
        if (step is { } at)
        {
            // From here on nobody gets memory.
            Assert.True(puppet.RunTo(at, nth), $"no {nth}. {at}");
            if (hungry)
            {
                while (ballast.TryAllocate(out _)) { }
            }
            Crew.Run(2, thread => Interlocked.Add(ref others, UseEverything(table, before, new Random(nth * 2 + thread), hungry)));
            if (hungry) ballast.Dispose();
        }
        puppet.Finish();
        Assert.Equal(before.Length + added + others, table.Count);
        if (step is null)
        {
            TreeCheck.AtRest(table, domain, pages);
        }
        else
        {
            TreeCheck.AtRest(table, domain, pages);
            table.Trim();
            TreeCheck.AtRest(table, domain, pages, trimmed: true);
            Assert.Equal(table.Count, table.RemoveRange(0, ulong.MaxValue));
            TreeCheck.AtRest(table, domain, pages, trimmed: true);
        }
        return puppet.Steps;
    }

    /// <summary>All kinds of operations on the keys that the stopped thread's nodes hold and on their neighbours; how many entries this added.</summary>
    private static long UseEverything(RadixTable<ulong> table, ulong[] keys, Random random, bool hungry)
    {
        long added = 0;
        ulong[] places = [.. keys.Take(8), 3, 77, 515, 1030, Far];
        for (uint i = 0; i < 60; i++)
        {
            ulong key = random.Next(4) == 0 ? places[random.Next(places.Length)] ^ (1UL << random.Next(20)) : places[random.Next(places.Length)];
            ulong value = InlineValues.Make(key, i);
            try
            {
                switch (random.Next(8))
                {
                    case 0 or 1:
                        if (table.TryAdd(key, value)) added++;
                        break;
                    case 2 or 3:
                        if (table.TryRemove(key, out _)) added--;
                        break;
                    case 4:
                        added -= table.RemoveRange(key & ~511UL, random.Next(2) == 0 ? key : key | 511);
                        break;
                    case 5:
                        table.TryUpdate(key, value, table.GetOrAddCounted(key, value, ref added));
                        break;
                    case 6:
                        table.Trim();
                        break;
                    default:
                        table.TryGetValue(key, out _);
                        foreach (var (_, _) in table.EnumerateRange(key & ~511UL, key | 511)) { }
                        break;
                }
            }
            catch (OutOfMemoryException) when (hungry)
            {
                // An insert may say so; a removal never does.
            }
        }
        return added;
    }

    private static long Remove(RadixTable<ulong> table, ulong key) => table.TryRemove(key, out _) ? -1 : 0;

    private static long Add(RadixTable<ulong> table, ulong key) => table.TryAdd(key, InlineValues.Make(key, 0)) ? 1 : 0;

    private static long Set(RadixTable<ulong> table, ulong key, ulong bits)
    {
        long added = 0;
        ulong present = table.GetOrAddCounted(key, InlineValues.Make(key, 0), ref added);
        table.TryUpdate(key, InlineValues.Make(key, 2) | bits, present);
        return added;
    }

    private static long Trim(RadixTable<ulong> table)
    {
        table.Trim();
        return 0;
    }
}

internal static class Counting
{
    /// <summary>GetOrAdd that tells whether it added.</summary>
    public static ulong GetOrAddCounted(this RadixTable<ulong> table, ulong key, ulong value, ref long added)
    {
        if (table.TryGetValue(key, out ulong present)) return present;
        if (table.TryAdd(key, value))
        {
            added++;
            return value;
        }
        return table.TryGetValue(key, out present) ? present : value;
    }
}
