using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>
/// The allocator refuses from the k-th page on, or every k-th request, for every k at which that makes a difference: an insert throws
/// <see cref="OutOfMemoryException"/> and leaves the table as it was, a removal succeeds, nothing frozen stays and nothing leaks (F11).
/// </summary>
public class NoMemoryTests
{
    private const ulong Far = 1UL << 40, Big = 1UL << 62;

    /// <summary>Each step inserts or removes; the table is set up with memory, and the steps run without.</summary>
    private static readonly Dictionary<string, (ulong[] Before, Step[] Steps)> Scenarios = new()
    {
        ["first key of a table"] = ([], [Put(3)]),
        ["first key and a neighbour"] = ([], [Put(3), Put(4)]),
        ["key in an empty slot"] = ([3, 1030], [Put(515)]),
        ["key that splits above a leaf table"] = ([3], [Put(515)]),
        ["key that splits far above a leaf table"] = ([3], [Put(Far)]),
        ["key that splits above a directory"] = ([3, 515], [Put(Far)]),
        ["keys that split again and again"] = ([3], [Put(515), Put(1UL << 18), Put(1UL << 27), Put(1UL << 36), Put(1UL << 45), Put(1UL << 54), Put(1UL << 63)]),
        ["last key of all"] = ([3], [Put(ulong.MaxValue)]),
        ["value in a cell"] = ([3], [Put(4, Big)]),
        ["value in a cell and a new leaf table"] = ([3], [Put(515, Big)]),
        ["overwrite by a cell"] = ([3, 4], [Put(3, Big), Put(4, Big)]),
        ["overwrite of cells by inline values"] = ([3, 4], [Put(3, Big), Put(3, 0), Put(4, Big), Put(4, 0)]),
        ["many cells"] = ([3], [.. Enumerable.Range(0, 300).Select(i => Put((ulong)i, Big))]),
        ["last value of a leaf table removed"] = ([3], [Cut(3)]),
        ["last value of a leaf table in a directory removed"] = ([3, 515], [Cut(515)]),
        ["last values below two directories removed"] = ([3, Far], [Cut(3), Cut(Far)]),
        ["values removed that do not empty their table"] = ([3, 4, 5], [Cut(4), Cut(3)]),
        ["a range over whole leaf tables removed"] = ([1, 2, 513, 514, 1025, Far], [Range(0, 1535)]),
        ["a range that empties tables at its ends removed"] = ([100, 101, 600, 1100, 1101], [Range(100, 1101)]),
        ["everything removed as a range"] = ([1, 511, 512, 1 << 18, 1 << 27, Far, ulong.MaxValue], [Range(0, ulong.MaxValue)]),
        ["a removal and an insert by turns"] = ([3], [Cut(3), Put(4), Cut(4), Put(515), Put(3), Cut(515), Put(515), Range(0, 9)]),
        ["an update of what is there"] = ([3, 515], [Update(3, Big), Update(515, 1)]),
        ["a conditional removal of the last value"] = ([3, 515], [Update(3, Big), CutExpected(3)]),
        ["trimming a directory with one child"] = ([3, 515, 1030], [Cut(515), Cut(1030), Trim(), Put(515), Cut(515), Trim()]),
        ["trimming what was left standing"] = ([3, 515, Far, Far + 512], [Cut(3), Cut(Far), Cut(515), Cut(Far + 512), Trim()]),
        ["a dense run put and removed"] = ([], [.. Enumerable.Range(0, 40).Select(i => Put((ulong)i * 128)), Range(500, 3000), Range(0, ulong.MaxValue)]),
    };

    public static TheoryData<string> Names => [.. Scenarios.Keys];

    [Fact]
    public void There_are_at_least_twenty_scenarios() => Assert.True(Scenarios.Count >= 20);

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_lost_when_the_allocator_refuses_from_the_kth_page_on_in(string scenario)
    {
        int refusals = 0;
        for (int k = 0; k < 200; k++)
        {
            bool refused = Run(scenario, k);
            if (!refused) break;
            refusals++;
        }
        // Removals take pages aside, inserts need them: both must have met a refusal at least once, or the scenario is empty.
        Assert.True(refusals > 0 || Scenarios[scenario].Steps.All(step => !step.Inserts), "no page was ever refused");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_lost_when_the_allocator_refuses_every_kth_request_in(string scenario)
    {
        for (int k = 1; k <= 24; k++) RunFlaky(scenario, k);
    }

    // Leaves the table exactly k pages to take, for good.
    private static bool Run(string scenario, int k)
    {
        (ulong[] before, Step[] steps) = Scenarios[scenario];
        var budget = new MemoryBudget(2048 * Page.Size);
        using var pages = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var ballast = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var domain = new RcuDomain();
        bool refused;
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            var oracle = new SortedDictionary<ulong, ulong>();
            foreach (ulong key in before) table[key] = oracle[key] = Value(key, 0);
            domain.Barrier();
            var held = new Stack<Page>();
            while (ballast.TryAllocate(out Page page)) held.Push(page);
            for (int i = 0; i < k; i++) ballast.Free(held.Pop());
            ballast.Trim(); // what it only caches goes back to the budget

            long refusalsBefore = pages.GetStatistics().Refusals;
            foreach (Step step in steps) Do(step, table, oracle);
            refused = pages.GetStatistics().Refusals > refusalsBefore;

            Assert.Equal(oracle.ToList(), table.ToList());
            TreeCheck.AtRest(table, domain, pages);
            while (held.TryPop(out Page page)) ballast.Free(page);
            ballast.Trim();
            table.Trim();
            TreeCheck.AtRest(table, domain, pages, trimmed: true);
            foreach (Step step in steps) Do(step, table, oracle); // with memory again
            Assert.Equal(oracle.ToList(), table.ToList());
        }
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
        return refused;
    }

    private static void RunFlaky(string scenario, int k)
    {
        (ulong[] before, Step[] steps) = Scenarios[scenario];
        using var pages = new PageAllocator(new PageAllocatorOptions { FailEvery = k });
        using var domain = new RcuDomain();
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain, BatchAllocator = pages }))
        {
            var oracle = new SortedDictionary<ulong, ulong>();
            foreach (ulong key in before) Do(Put(key), table, oracle);
            foreach (Step step in steps) Do(step, table, oracle);
            foreach (Step step in steps) Do(step, table, oracle);
            Assert.Equal(oracle.ToList(), table.ToList());
            TreeCheck.AtRest(table, domain, pages);
            table.RemoveRange(0, ulong.MaxValue);
            Assert.Empty(table);
        }
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
    }

    private static void Do(Step step, RadixTable<ulong> table, SortedDictionary<ulong, ulong> oracle)
    {
        List<KeyValuePair<ulong, ulong>> before = [.. oracle];
        try
        {
            step.Do(table, oracle);
        }
        catch (OutOfMemoryException)
        {
            Assert.True(step.Inserts, $"{step.Name} threw, and a removal never does");
            Assert.Equal(before, table.ToList()); // as it was
            oracle.Clear();
            foreach (var (key, value) in before) oracle.Add(key, value);
        }
        Assert.Equal(oracle.Count, table.Count);
        foreach (var (key, value) in oracle) Assert.Equal(value, table[key]);
    }

    private sealed record Step(string Name, Action<RadixTable<ulong>, SortedDictionary<ulong, ulong>> Do, bool Inserts);

    private static ulong Value(ulong key, ulong bits) => InlineValues.Make(key, 5) | bits;

    private static Step Put(ulong key, ulong bits = 0) => new($"put {key:x}", (table, oracle) =>
    {
        table[key] = Value(key, bits);
        oracle[key] = Value(key, bits);
    }, true);

    private static Step Update(ulong key, ulong bits) => new($"update {key:x}", (table, oracle) =>
    {
        if (!oracle.TryGetValue(key, out ulong present)) return;
        Assert.True(table.TryUpdate(key, Value(key, bits), present));
        oracle[key] = Value(key, bits);
    }, true);

    private static Step Cut(ulong key) => new($"cut {key:x}", (table, oracle) =>
    {
        bool had = oracle.Remove(key, out ulong expected);
        Assert.Equal(had, table.TryRemove(key, out ulong value));
        if (had) Assert.Equal(expected, value);
    }, false);

    private static Step CutExpected(ulong key) => new($"cut {key:x} as it is", (table, oracle) =>
    {
        if (!oracle.Remove(key, out ulong expected)) return;
        Assert.False(table.TryRemove(key, expected + 1));
        Assert.True(table.TryRemove(key, expected));
    }, false);

    private static Step Range(ulong first, ulong last) => new($"cut {first:x} to {last:x}", (table, oracle) =>
    {
        List<ulong> gone = [.. oracle.Keys.Where(key => key >= first && key <= last)];
        Assert.Equal(gone.Count, table.RemoveRange(first, last));
        gone.ForEach(key => oracle.Remove(key));
    }, false);

    private static Step Trim() => new("trim", (table, _) => table.Trim(), false);
}
