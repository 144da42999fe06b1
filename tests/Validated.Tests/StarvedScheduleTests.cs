using Alloc.Native;
using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Rcu;

namespace Alloc.Validated.Tests;

/// <summary>
/// Threads that meet each other's frozen nodes when nothing is left: the limit is reached, the reserve is empty and the system refuses. Who removes
/// waits outside its section, who inserts is refused, what was begun is seen through once there is memory (F11, F12).
/// </summary>
[Collection(Stage.Name)]
public sealed class StarvedScheduleTests : IDisposable
{
    private const ulong Near = 516, Side = 1UL << 18;

    private readonly PageAllocator _pages;
    private readonly RcuDomain _domain = new(new RcuDomainOptions { Mode = ReclaimerMode.Inline }); // nobody frees beside the test
    private readonly RadixTable<ulong> _table;
    private volatile bool _refuses;

    public StarvedScheduleTests()
    {
        _pages = new PageAllocator(new PageAllocatorOptions { SystemRefuses = () => _refuses, TrimsWhenIdle = false });
        _table = new RadixTable<ulong>(new RadixTableOptions { Allocator = _pages, Domain = _domain, BatchThreshold = int.MaxValue });
    }

    private RadixTableStatistics Statistics => _table.GetStatistics();

    public void Dispose()
    {
        _table.Dispose();
        Assert.Equal((0L, 0L), (_pages.GetStatistics().LivePages, _pages.GetStatistics().LiveBlocks));
        _domain.Dispose();
        _pages.Dispose();
    }

    private void Put(params ulong[] keys)
    {
        foreach (ulong key in keys) Assert.True(_table.TryAdd(key, InlineValues.Make(key, 1)));
    }

    private void PutInTables(params ulong[] keys) => _table.PutInLeafTables(key => InlineValues.Make(key, 1), keys);

    private void ExpectAtRest(params ulong[] keys)
    {
        Assert.Equal(keys.Order(), TreeCheck.AtRest(_table, _domain, _pages).Keys);
        _table.Trim();
        Assert.Equal(keys.Order(), TreeCheck.AtRest(_table, _domain, _pages, trimmed: true).Keys);
    }

    private Puppet Removing(ulong key) => new(() => Assert.True(_table.TryRemove(key, out _)));

    /// <summary>Until it is disposed of, every request of this allocator is refused.</summary>
    private Everything Starve()
    {
        _refuses = true;
        return new Everything(_pages, () => _refuses = false);
    }

    [Fact]
    public void F11_what_is_emptied_without_any_memory_is_left_standing_and_Trim_comes_back_for_it()
    {
        PutInTables(3, Near);
        using (Starve())
        {
            Assert.True(_table.TryRemove(3, out _));
            Assert.Equal(1, Statistics.EmptiedLeftStanding);
            Assert.Equal(2, Statistics.LeafTables);
            _table.Trim();
            Assert.Equal(2, Statistics.LeafTables);
            Assert.Throws<OutOfMemoryException>(() => _table.TryAdd(1UL << 40, 1));
            Assert.Equal(1, _table.RemoveRange(Near, Near));
            Assert.True(_table.IsEmpty);
            Assert.True(_table.TryAdd(Near, 7)); // what stands takes values as before
        }
        ExpectAtRest(Near);
    }

    [Fact]
    public void F11_Trim_merges_nothing_without_any_memory()
    {
        foreach (ulong block in new ulong[] { 0, 1, 2, 3 }) Put([.. Enumerable.Range(0, 60).Select(i => block * Side + (ulong)(i * i * 37))]);
        ulong[] keys = [.. _table.Select(entry => entry.Key)];
        foreach (ulong key in keys.Where((_, i) => i % 12 != 0)) Assert.True(_table.TryRemove(key, out _));
        Assert.True(Statistics.Directories > 0, Statistics.ToString());
        using (Starve())
        {
            long directories = Statistics.Directories;
            _table.Trim();
            Assert.Equal(directories, Statistics.Directories);
            Assert.NotEqual(0, Statistics.EmptiedLeftStanding);
        }
        ExpectAtRest([.. keys.Where((_, i) => i % 12 == 0)]);
        Assert.Equal(0, Statistics.Directories);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task F11_a_removal_that_would_have_to_help_without_memory_waits_outside_its_section(bool range, bool fed)
    {
        PutInTables(3, 4, 5);
        using var trimmer = new Puppet(_table.Trim);
        Assert.True(trimmer.RunTo(Step.Swing)); // its copy is made
        using (Starve())
        {
            Assert.Throws<OutOfMemoryException>(() => _table.TryAdd(9, 9));
            long helps = Statistics.Helps;
            Task remover = Task.Run(() =>
            {
                if (range) Assert.Equal(1, _table.RemoveRange(3, 3));
                else Assert.True(_table.TryRemove(3, out _));
            });
            Crew.Until(() => Statistics.Helps > helps + 2, "the removal tries again");
            Assert.False(remover.IsCompleted);
            if (!fed) trimmer.Finish();
            else _refuses = false;
            await remover.WaitAsync(Crew.Patience);
        }
        trimmer.Finish();
        ExpectAtRest(4, 5);
    }

    /// <summary>Each begins to replace the node of the first keys.</summary>
    public static TheoryData<string, bool> Beginners
    {
        get
        {
            var beginners = new TheoryData<string, bool>();
            foreach (string kind in new[] { "removal", "range", "trim", "insert", "inserts" })
            {
                beginners.Add(kind, true);
                beginners.Add(kind, false);
            }
            return beginners;
        }
    }

    [Theory]
    [MemberData(nameof(Beginners))]
    public async Task F12_who_loses_its_swing_to_a_frozen_directory_and_has_no_memory_for_that_comes_back_for_its_node(string kind, bool fed)
    {
        // A directory that looked empty, about to be frozen, gets two children meanwhile.
        PutInTables(3, Near);
        Assert.True(_table.TryRemove(3, out _));
        using Puppet remover = Removing(Near);
        Assert.True(remover.RunTo(Step.Freeze, Geometry.SlotsPerTable + 1));
        ulong[] several = [.. Enumerable.Range(1, 100).Select(i => (ulong)(i * 5))];
        if (kind == "trim") PutInTables(3);
        else Put(3);
        Put(Near);
        long added = 0;
        bool refused = false;
        using var beginner = new Puppet(() =>
        {
            try
            {
                switch (kind)
                {
                    case "removal":
                        Assert.True(_table.TryRemove(3, out _));
                        break;
                    case "range":
                        Assert.Equal(1, _table.RemoveRange(0, 511));
                        break;
                    case "trim":
                        _table.Trim();
                        break;
                    case "insert":
                        foreach (ulong key in several)
                        {
                            Assert.True(_table.TryAdd(key, InlineValues.Make(key, 1)));
                            added++;
                        }
                        break;
                    default:
                        _table.AddRange(several, [.. several.Select(key => InlineValues.Make(key, 1))]);
                        break;
                }
            }
            catch (OutOfMemoryException)
            {
                refused = true;
            }
        });
        Assert.True(beginner.RunTo(Step.Swing)); // its node is frozen
        Assert.True(remover.RunTo(Step.Swing)); // and then the directory
        using (Starve())
        {
            long replacements = Statistics.Replacements;
            Task end = Task.Run(beginner.Finish);
            Crew.Until(() => Statistics.Replacements > replacements + 4, "it tries again");
            Assert.False(end.IsCompleted);
            if (!fed) remover.Finish();
            else _refuses = false;
            await end.WaitAsync(Crew.Patience);
        }
        remover.Finish();
        if (kind is "removal" or "range")
        {
            Assert.False(refused);
            ExpectAtRest(Near);
        }
        else if (kind == "trim")
        {
            Assert.False(refused);
            ExpectAtRest(3, Near);
        }
        else
        {
            // An insert may be refused, and then it is not there; those before it are.
            int there = several.Count(_table.ContainsKey);
            Assert.True(refused, "nothing was refused");
            Assert.InRange(there, 1, several.Length - 1);
            if (kind == "insert") Assert.Equal(added, there);
            ExpectAtRest([3, Near, .. several[..there]]);
        }
    }

    // A lower directory of two full leaf tables below an upper one, all of whose slots are frozen by one who then stands still.
    private Puppet FreezeUpperDirectory(ulong first, ulong? beside)
    {
        for (ulong key = first; key < first + 2 * Geometry.SlotsPerTable; key++) Put(key);
        PutInTables(9 * Side);
        Assert.True(_table.TryRemove(9 * Side, out _)); // one child is left in the upper directory
        Assert.Equal(2, Statistics.Directories);
        var upper = new Puppet(_table.Trim);
        Assert.True(upper.RunTo(Step.Freeze)); // the slots of the others come later
        if (beside is { } key2) Put(key2);
        Assert.True(upper.RunTo(Step.Swing));
        return upper;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void F4_an_emptied_directory_below_a_frozen_slot_goes_when_the_one_above_has_been_helped(bool beside)
    {
        const ulong first = 5 * Side;
        using Puppet upper = FreezeUpperDirectory(first, beside ? 7 * Side : null);
        Assert.Equal(1024, _table.RemoveRange(first, first + 1023));
        // The upper one's copy, and the copy that the stopped thread holds.
        Assert.True((beside ? 2 : 0) == Statistics.Directories, Statistics.ToString() + string.Join(',', upper.Steps));
        upper.Finish();
        ExpectAtRest(beside ? [7 * Side] : []);
    }

    [Fact]
    public void F11_an_emptied_directory_below_a_frozen_slot_is_left_standing_where_there_is_no_memory_to_help()
    {
        const ulong first = 5 * Side;
        using Puppet upper = FreezeUpperDirectory(first, 7 * Side);
        using (Starve())
        {
            Assert.Equal(1024, _table.RemoveRange(first, first + 1023));
            Assert.Equal(3, Statistics.Directories); // both, and the copy that the stopped thread holds
            Assert.NotEqual(0, Statistics.EmptiedLeftStanding);
        }
        upper.Finish();
        ExpectAtRest(7 * Side);
    }

    /// <summary>All pages and blocks that an allocator has.</summary>
    private sealed unsafe class Everything : IDisposable
    {
        private readonly PageAllocator _allocator;
        private readonly Action _feed;
        private readonly List<Page> _taken = [];
        private readonly List<nint> _blocks = [];

        public Everything(PageAllocator allocator, Action feed)
        {
            (_allocator, _feed) = (allocator, feed);
            TakePages();
            for (int size = PageAllocator.MaxBlockSize; size > 0; size -= 16)
            {
                while (allocator.TryAllocateBlock(size, out byte* block)) _blocks.Add((nint)block);
                while (allocator.TryAllocateBlockDense(size, out byte* block)) _blocks.Add((nint)block);
            }
            TakePages();
        }

        public void Dispose()
        {
            _feed();
            foreach (Page page in _taken) _allocator.Free(page);
            foreach (nint block in _blocks) _allocator.FreeBlock((byte*)block);
        }

        private void TakePages()
        {
            while (_allocator.TryAllocateReserved(out Page page)) _taken.Add(page);
        }
    }
}
