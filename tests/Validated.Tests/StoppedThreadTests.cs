using Alloc.Native;
using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Rcu;
using static Alloc.Validated.Tests.StoppedThreadScenarios;

namespace Alloc.Validated.Tests;

/// <summary>
/// A thread is stopped for good at each step of each change of structure, while others use the same nodes: they finish all that they do (lock
/// freedom, F11), also when there is no more memory, and once the thread goes on no frozen node is left and the answers add up.
/// </summary>
[Collection(Stage.Name)]
public class StoppedThreadTests
{
    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Others_finish_while_a_thread_stands_still_at_any_step_when(string scenario)
    {
        Assert.True(Puppet.Works);
        Assert.True(Run(scenario, null, 0, hungry: false, out int[] steps));
        int stops = 0, tries = 0;
        foreach (Step step in new[] { Step.Change, Step.Freeze, Step.Copy, Step.Swing, Step.Retire })
        {
            foreach (int nth in Some(steps[(int)step]))
            {
                foreach (bool hungry in new[] { false, true })
                {
                    tries++;
                    if (Run(scenario, step, nth, hungry, out _)) stops++;
                }
            }
        }
        Assert.Equal(tries, stops);
    }

    public static TheoryData<bool, bool, bool> Orders
    {
        get
        {
            var orders = new TheoryData<bool, bool, bool>();
            for (int i = 0; i < 8; i++) orders.Add((i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
            return orders;
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Others_finish_while_one_thread_stands_still_in_a_freeze_and_another_in_the_help(bool helperGoesFirst, bool hungry, bool small)
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
                        if (RunPair(begin, first, help, second, helperGoesFirst, hungry, small)) pairs++;
                    }
                }
            }
        }
        Assert.True(pairs > 120, $"only {pairs} pairs stood still at once");
    }

    private static bool RunPair(
        Func<RadixTable<ulong>, long> begin, Step first, Func<RadixTable<ulong>, long> help, Step second, bool helperGoesFirst, bool hungry, bool small)
    {
        var budget = new MemoryBudget(128 * Page.Size);
        using var pages = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        // No thread beside those of the test, so that the one which is stopped does the same each time.
        using var domain = new RcuDomain(new RcuDomainOptions { Mode = ReclaimerMode.Inline });
        using var ballast = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain, BatchThreshold = int.MaxValue });
        ulong[] before = [3, 515];
        table.PutInLeafTables(key => InlineValues.Make(key, 1), before);
        domain.Barrier();
        if (small) table.Trim(maxNodes: 2); // buckets, in the same directory
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

    // Whether the thread came to the step.
    private static bool Run(string scenario, Step? step, int nth, bool hungry, out int[] steps)
    {
        StoppedThreadScenario what = All[scenario];
        ulong[] before = what.Before;
        var budget = new MemoryBudget(128 * Page.Size);
        using var pages = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        // No thread beside those of the test, so that the one which is stopped does the same each time.
        using var domain = new RcuDomain(new RcuDomainOptions { Mode = ReclaimerMode.Inline });
        using var ballast = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain, BatchThreshold = int.MaxValue });
        what.SetUp(table);
        domain.Barrier();
        long added = 0, others = 0;
        using var puppet = new Puppet(() => added = what.Act(table));
        bool came = true;
        if (step is { } at)
        {
            // From here on nobody gets memory.
            came = puppet.RunTo(at, nth);
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
        steps = puppet.Steps;
        return came;
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
