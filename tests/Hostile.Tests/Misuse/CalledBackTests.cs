using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Misuse;

/// <summary>Comparers, factories and callbacks of the user that do their worst: they change the table, throw, block, and come again.</summary>
public class CalledBackTests
{
    /// <summary>Sixteen bytes in a cell, whose comparison runs what a test wants.</summary>
    private readonly record struct Spiteful(ulong A, ulong B) : IEquatable<Spiteful>
    {
        [ThreadStatic]
        private static Action? t_whenCompared;

        public static void WhenCompared(Action? act) => t_whenCompared = act;

        public bool Equals(Spiteful other)
        {
            Action? act = t_whenCompared;
            t_whenCompared = null;
            act?.Invoke();
            return A == other.A;
        }

        public override int GetHashCode() => A.GetHashCode();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_value_replaced_while_the_comparer_runs_is_not_overwritten_though_its_block_comes_back(bool remove)
    {
        using var pages = new PageAllocator();
        using var domain = new RcuDomain(new RcuDomainOptions { Mode = ReclaimerMode.Inline });
        using var table = new RadixTable<Spiteful>(new RadixTableOptions { Allocator = pages, Domain = domain });
        for (int round = 0; round < 50; round++)
        {
            table[3] = new Spiteful(1, 1);
            Spiteful.WhenCompared(() =>
            {
                // The cell goes, a grace period passes, and its block is the first that the allocator gives out again (F9).
                Assert.True(table.TryRemove(3, out _));
                domain.Barrier();
                Assert.True(table.TryAdd(3, new Spiteful(2, 2)));
            });
            Assert.False(remove ? table.TryRemove(3, new Spiteful(1, 0)) : table.TryUpdate(3, new Spiteful(9, 9), new Spiteful(1, 0)));
            Assert.Equal((2UL, 2UL), (table[3].A, table[3].B));
        }
    }

    [Fact]
    public void A_comparer_that_throws_leaves_the_table_as_it_was()
    {
        using var pages = new PageAllocator();
        using var domain = new RcuDomain();
        using var table = new RadixTable<Spiteful>(new RadixTableOptions { Allocator = pages, Domain = domain });
        table[3] = new Spiteful(1, 1);
        Spiteful.WhenCompared(() => throw new InvalidTimeZoneException("thrown by a comparer"));
        Assert.Throws<InvalidTimeZoneException>(() => table.TryUpdate(3, default, new Spiteful(1, 1)));
        Spiteful.WhenCompared(() => throw new InvalidTimeZoneException("thrown by a comparer"));
        Assert.Throws<InvalidTimeZoneException>(() => table.TryRemove(3, new Spiteful(1, 1)));
        Assert.False(domain.IsInSection);
        Assert.Equal(1UL, table[3].A);
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void Factories_that_come_again_into_the_table_get_what_is_there()
    {
        using var pages = new PageAllocator();
        using var domain = new RcuDomain();
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain });
        Assert.Equal(7UL, table.GetOrAdd(1, key => table.GetOrAdd(key, 7) + 1));
        Assert.Equal(3UL, table.AddOrUpdate(2, key => table.AddOrUpdate(key, 1, (_, v) => v + 1) + 100, (key, v) => v + 2));
        int deep = 0;
        ulong Deep(ulong key) => ++deep == 200 ? 1 : table.GetOrAdd(key + 512, Deep) + 1;
        Assert.Equal(200UL, table.GetOrAdd(100, Deep));
        foreach (KeyValuePair<ulong, ulong> entry in table)
        {
            table.Clear();
            table[entry.Key + 1] = 1;
            if (entry.Key > 1UL << 20) break;
        }
        Assert.False(domain.IsInSection);
    }

    [Fact]
    public void Callbacks_that_throw_cost_only_themselves()
    {
        using var domain = new RcuDomain();
        int failed = 0, ran = 0;
        domain.CallbackFailed += (_, e) =>
        {
            Interlocked.Increment(ref failed);
            Assert.IsType<InvalidTimeZoneException>(e.Exception);
            throw new InvalidOperationException("a handler that throws as well");
        };
        for (int i = 0; i < 300; i++)
        {
            if (i % 3 == 0) domain.Defer(_ => throw new InvalidTimeZoneException("thrown by a callback"), null);
            else domain.Defer(_ => Interlocked.Increment(ref ran), null);
        }
        domain.Barrier();
        Assert.Equal((200, 100, 100L), (ran, failed, domain.GetStatistics().FailedCallbacks));
    }

    [Fact]
    public void A_callback_that_blocks_holds_up_other_callbacks_and_neither_readers_nor_writers()
    {
        using var pages = new PageAllocator();
        using var domain = new RcuDomain(new RcuDomainOptions { ProducerAssist = false });
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain });
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        int after = 0;
        domain.Defer(_ =>
        {
            begun.Set();
            go.Wait(TimeSpan.FromSeconds(120));
        }, null);
        Assert.True(begun.Wait(TimeSpan.FromSeconds(120)));
        domain.Defer(_ => after++, null);
        for (ulong key = 0; key < 5000; key++) table[key] = key;
        Assert.Equal(5000, table.RemoveRange(0, 4999));
        domain.Synchronize(); // a grace period needs no callback
        Assert.Equal(0, after);
        Assert.True(pages.GetStatistics().LivePages > 0);
        go.Set();
        domain.Barrier();
        Assert.Equal(1, after);
        Assert.Equal(0, pages.GetStatistics().LivePages);
    }

    [Fact]
    public void Callbacks_that_use_table_and_domain_and_defer_again_end()
    {
        using var pages = new PageAllocator();
        using var domain = new RcuDomain();
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain });
        int left = 500;
        void Again(object? _)
        {
            ulong key = (ulong)left * 512;
            table[key] = key;
            Assert.True(table.TryRemove(key, out ulong _));
            Assert.Throws<InvalidOperationException>(domain.Synchronize);
            Assert.Throws<InvalidOperationException>(domain.Barrier);
            Assert.Throws<InvalidOperationException>(table.Dispose);
            using (domain.Enter()) Assert.Throws<InvalidOperationException>(domain.Dispose);
            if (--left > 0) domain.Defer(Again, null);
        }
        domain.Defer(Again, null);
        for (int i = 0; i < 600 && Volatile.Read(ref left) > 0; i++) domain.Barrier();
        Assert.Equal(0, left);
        Assert.Equal(0, domain.GetStatistics().FailedCallbacks);
        domain.Barrier();
        Assert.Equal(0, pages.GetStatistics().LivePages);
    }
}
