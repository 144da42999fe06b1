using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>
/// The allocator refuses from the k-th page on, or the k-th request, or every k-th, for every k at which that makes a difference: an insert
/// throws <see cref="OutOfMemoryException"/> and leaves the table as it was, a removal succeeds, nothing frozen stays and nothing leaks (F11).
/// </summary>
public class NoMemoryTests
{
    private const int BudgetPages = 2048;

    public static TheoryData<string> Names => [.. MemoryScenarios.All.Keys];

    [Fact]
    public void There_are_at_least_twenty_scenarios() => Assert.True(MemoryScenarios.All.Count >= 20);

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_lost_when_the_allocator_refuses_from_the_kth_page_on_in(string name)
    {
        MemoryScenario scenario = MemoryScenarios.All[name];
        int refusals = 0;
        for (int k = 0; k < 200; k++)
        {
            bool refused = false;
            Crew.Run(() => refused = RunWithPages(scenario, k));
            if (!refused) break;
            refusals++;
        }
        Assert.True(refusals > 0 || !WantsMemory(scenario), "nothing was ever refused");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_lost_when_the_kth_request_is_refused_in(string name)
    {
        MemoryScenario scenario = MemoryScenarios.All[name];
        bool refused = true;
        for (int k = 1; refused; k++) Crew.Run(() => refused = RunWithRequests(scenario, pages => Refusals.RefuseOnce(pages, k)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_lost_when_every_request_is_refused_in(string name) =>
        Crew.Run(() => RunWithRequests(MemoryScenarios.All[name], Refusals.RefuseAll));

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_lost_when_the_allocator_refuses_every_kth_request_in(string name)
    {
        for (int k = 1; k <= 24; k++) Crew.Run(() => RunFlaky(MemoryScenarios.All[name], k));
    }

    // A key that finds a free lane, a value that has its word: then there is nothing to refuse.
    private static bool WantsMemory(MemoryScenario scenario)
    {
        long wanted = 0;
        RunWithRequests(scenario, _ => { }, requests => wanted = requests);
        return wanted > 0;
    }

    // Leaves the table exactly k pages to take, for good, and no free block in those that it has.
    private static bool RunWithPages(MemoryScenario scenario, int k)
    {
        var budget = new MemoryBudget(BudgetPages * Page.Size);
        using var pages = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var ballast = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var domain = new RcuDomain();
        bool refused;
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            var oracle = new SortedDictionary<ulong, ulong>();
            scenario.SetUp(table, oracle);
            domain.Barrier();
            var held = new Stack<Page>();
            while (ballast.TryAllocate(out Page page)) held.Push(page);
            using var blocks = new FreeBlocks(pages);
            for (int i = 0; i < k; i++) ballast.Free(held.Pop());
            ballast.Trim(); // what it only caches goes back to the budget

            long refusalsBefore = pages.GetStatistics().Refusals;
            foreach (MemoryStep step in scenario.Steps) step.Do(table, oracle);
            refused = pages.GetStatistics().Refusals > refusalsBefore;

            Assert.Equal(oracle.ToList(), table.ToList());
            blocks.Dispose();
            TreeCheck.AtRest(table, domain, pages);
            while (held.TryPop(out Page page)) ballast.Free(page);
            ballast.Trim();
            EndWithMemory(scenario, table, oracle, domain, pages);
        }
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
        return refused;
    }

    private static bool RunWithRequests(MemoryScenario scenario, Action<PageAllocator> refuse, Action<long>? tell = null)
    {
        using var pages = Refusals.CreateAllocator();
        using var domain = new RcuDomain();
        bool refused;
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            var oracle = new SortedDictionary<ulong, ulong>();
            scenario.SetUp(table, oracle);
            long before = Refusals.Requests(pages);
            refuse(pages);
            foreach (MemoryStep step in scenario.Steps) step.Do(table, oracle);
            tell?.Invoke(Refusals.Requests(pages) - before);
            refused = pages.GetStatistics().Refusals > 0;
            Refusals.RefuseNone(pages);
            Assert.Equal(oracle.ToList(), table.ToList());
            TreeCheck.AtRest(table, domain, pages);
            EndWithMemory(scenario, table, oracle, domain, pages);
        }
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
        return refused;
    }

    private static void RunFlaky(MemoryScenario scenario, int k)
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { FailEvery = k });
        using var domain = new RcuDomain();
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain, BatchAllocator = pages }))
        {
            var oracle = new SortedDictionary<ulong, ulong>();
            foreach (ulong key in scenario.Before) MemoryStep.Put(key).Do(table, oracle);
            foreach (MemoryStep step in scenario.Steps) step.Do(table, oracle);
            foreach (MemoryStep step in scenario.Steps) step.Do(table, oracle);
            Assert.Equal(oracle.ToList(), table.ToList());
            TreeCheck.AtRest(table, domain, pages);
            table.RemoveRange(0, ulong.MaxValue);
            Assert.Empty(table);
        }
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
    }

    private static void EndWithMemory(MemoryScenario scenario, RadixTable<ulong> table, SortedDictionary<ulong, ulong> oracle, RcuDomain domain, PageAllocator pages)
    {
        table.Trim();
        TreeCheck.AtRest(table, domain, pages, trimmed: true);
        foreach (MemoryStep step in scenario.Steps) step.Do(table, oracle);
        Assert.Equal(oracle.ToList(), table.ToList());
    }

    /// <summary>All free blocks of an allocator that has no more pages, kept from others.</summary>
    private sealed unsafe class FreeBlocks : IDisposable
    {
        private readonly PageAllocator _pages;
        private readonly List<nint> _blocks = [];

        public FreeBlocks(PageAllocator pages)
        {
            _pages = pages;
            for (int size = PageAllocator.MaxBlockSize; size >= 16; size = size == 16 ? 0 : LargestBelow(size))
            {
                while (pages.TryAllocateBlock(size, out byte* block)) _blocks.Add((nint)block);
            }
        }

        public void Dispose()
        {
            foreach (nint block in _blocks) _pages.FreeBlock((byte*)block);
            _blocks.Clear();
        }

        private static int LargestBelow(int size)
        {
            int own = PageAllocator.BlockSize(size);
            do size -= 16;
            while (PageAllocator.BlockSize(size) == own && size > 16);
            return size;
        }
    }
}
