using System.Runtime.CompilerServices;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>The end of a table: under load, from inside, forgotten, and the order in which tables, domains and allocators may end.</summary>
public class DisposalTests
{
    [Fact]
    public void Threads_at_work_on_a_table_that_is_disposed_get_ObjectDisposedException_and_nothing_leaks()
    {
        for (int round = 0; round < TestScale.Of(40); round++)
        {
            var fixture = new TableFixture<ulong>(round % 3 == 1 ? ReclaimMode.SemiRcu : ReclaimMode.Rcu);
            RadixTable<ulong> table = fixture.Table;
            int stopped = 0;
            using var begun = new CountdownEvent(3);
            Crew.Run(
                () => UntilDisposed(0),
                () => UntilDisposed(1),
                () => UntilDisposed(2),
                () =>
                {
                    begun.Wait(Crew.Patience);
                    Thread.SpinWait(round * 500);
                    if (round % 2 == 0) table.Dispose();
                    else table.DisposeAsync().AsTask().Wait(Crew.Patience);
                    table.Dispose(); // a second one does nothing
                });
            Assert.Equal(3, stopped);
            fixture.Dispose();

            void UntilDisposed(int thread)
            {
                var random = new Random(round * 3 + thread);
                try
                {
                    for (uint step = 0; ; step++)
                    {
                        if (step == 50) begun.Signal();
                        ulong key = (ulong)random.Next(1200) << (random.Next(4) * 9);
                        switch (random.Next(thread == 0 ? 3 : 7))
                        {
                            case 0:
                                if (table.TryGetValue(key, out ulong value)) Assert.True(MixedValues.Belongs(value, key));
                                break;
                            case 1:
                                table.ContainsKey(key);
                                break;
                            case 2:
                                foreach (var entry in table.EnumerateRange(0, 2000)) Assert.True(MixedValues.Belongs(entry.Value, entry.Key));
                                break;
                            case 3:
                                table.TryRemove(key, out _);
                                break;
                            case 4:
                                table.RemoveRange(key, key | 1023);
                                break;
                            default:
                                table[key] = MixedValues.Make(key, step);
                                break;
                        }
                    }
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref stopped);
                }
            }
        }
    }

    [Fact]
    public void A_table_waits_for_a_reader_that_is_inside_and_gives_it_ObjectDisposedException()
    {
        using var fixture = new TableFixture<Guid>();
        for (ulong key = 0; key < 3000; key++) fixture.Table[key] = Guid.NewGuid();
        using var disposed = new ManualResetEventSlim();
        using RcuReader reader = fixture.Domain.Register();
        ReadSection section = reader.Enter();
        var disposer = new Thread(() =>
        {
            fixture.Table.Dispose();
            disposed.Set();
        })
        { IsBackground = true };
        disposer.Start();
        Crew.Until(() => fixture.Table.ToString().Contains("disposed", StringComparison.Ordinal), "the table is taken off");
        bool thrown = false;
        try
        {
            fixture.Table.TryGetValue(in section, 5, out _);
        }
        catch (ObjectDisposedException)
        {
            thrown = true;
        }
        Assert.True(thrown);
        Assert.False(disposed.IsSet, "Dispose has ended although a section was open");
        Assert.True(fixture.Allocator.GetStatistics().LivePages > 0, "the pages were freed under an open section");
        section.Dispose();
        Assert.True(disposed.Wait(Crew.Patience));
        Assert.True(disposer.Join(Crew.Patience));
        Assert.Equal(0, fixture.Allocator.GetStatistics().LivePages);
    }

    [Fact]
    public void Every_member_of_a_disposed_table_throws_but_ToString_and_Dispose()
    {
        using var fixture = new TableFixture<int>();
        RadixTable<int> table = fixture.Table;
        table[1] = 1;
        RadixTable<int>.RangeEnumerable range = table.EnumerateRange(0, 5);
        RadixTable<int>.Enumerator enumerator = table.GetEnumerator();
        table.Dispose();
        Action[] calls =
        [
            () => table.TryGetValue(1, out _), () => table.ContainsKey(1), () => _ = table[1], () => table[1] = 2, () => table.TryAdd(1, 1),
            () => table.TryUpdate(1, 1, 1), () => table.TryRemove(1, out _), () => table.TryRemove(1, 1), () => table.TryRemove(new(1, 1)),
            () => table.GetOrAdd(1, 1), () => table.GetOrAdd(1, _ => 1), () => table.AddOrUpdate(1, 1, (_, v) => v), () => table.RemoveRange(0, 9),
            () => table.Clear(), () => table.Trim(), () => _ = table.Count, () => _ = table.IsEmpty, () => table.GetStatistics(),
            () => table.GetEnumerator(), () => table.EnumerateRange(0, 1), () => range.ToList(), () => enumerator.MoveNext(),
        ];
        for (int i = 0; i < calls.Length; i++) Assert.Throws<ObjectDisposedException>(calls[i]);
        Assert.Contains("disposed", table.ToString(), StringComparison.Ordinal);
        table.Dispose();
        Assert.True(table.DisposeAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void Disposing_inside_a_section_of_the_domain_throws_and_changes_nothing()
    {
        using var fixture = new TableFixture<long>();
        fixture.Table[7] = 77;
        using (fixture.Domain.Enter())
        {
            Assert.Throws<InvalidOperationException>(fixture.Table.Dispose);
            Assert.Throws<InvalidOperationException>(() => _ = fixture.Table.DisposeAsync());
        }
        Assert.Equal(77, fixture.Table[7]);
        TreeCheck.AtRest(fixture.Table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void Domain_and_allocators_cannot_be_disposed_under_a_live_table_and_say_who_holds_them()
    {
        var pages = new PageAllocator();
        var batches = new PageAllocator();
        var domain = new RcuDomain();
        var options = new RadixTableOptions { Allocator = pages, BatchAllocator = batches, Domain = domain };
        var table = new RadixTable<short>(options);
        var second = new RadixTable<Guid>(options);
        table[5] = 55;
        second[5] = Guid.Empty;
        foreach (IDisposable below in new IDisposable[] { domain, pages, batches })
        {
            var thrown = Assert.Throws<InvalidOperationException>(below.Dispose);
            Assert.Contains("RadixTable<Int16>", thrown.Message, StringComparison.Ordinal);
        }
        for (ulong key = 0; key < 20_000; key++) table[key] = (short)key;
        Assert.Equal(20_000, table.RemoveRange(0, ulong.MaxValue));
        table.Dispose();
        foreach (IDisposable below in new IDisposable[] { domain, pages, batches }) Assert.Throws<InvalidOperationException>(below.Dispose);
        Assert.Equal(Guid.Empty, second[5]);
        second.Dispose();
        Assert.Equal(0, pages.GetStatistics().LivePages);
        Assert.Equal(0, batches.GetStatistics().LivePages);
        domain.Dispose();
        pages.Dispose();
        batches.Dispose();
    }

    [Fact]
    public void A_table_over_a_disposed_allocator_or_domain_is_refused_and_takes_no_lease()
    {
        var domain = new RcuDomain();
        var gone = new PageAllocator();
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => new RadixTable<int>(new RadixTableOptions { Allocator = gone, Domain = domain }));
        domain.Dispose();
        var pages = new PageAllocator();
        Assert.Throws<ObjectDisposedException>(() => new RadixTable<int>(new RadixTableOptions { Allocator = pages, Domain = domain }));
        pages.Dispose();
    }

    [Fact]
    public void A_forgotten_table_gives_its_memory_and_its_leases_back()
    {
        var pages = new PageAllocator();
        var domain = new RcuDomain();
        Forget(pages, domain);
        Crew.Until(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return pages.GetStatistics() is { LivePages: 0, LiveBlocks: 0 };
            },
            "the finalizer frees what the table held");
        Crew.Until(() => TryDispose(domain) && TryDispose(pages), "the leases come back");

        static bool TryDispose(IDisposable what)
        {
            try
            {
                what.Dispose();
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(PageAllocator pages, RcuDomain domain)
    {
        // On a thread of its own, so that no stack slot keeps it.
        Crew.Run(() =>
        {
            var table = new RadixTable<Guid>(new RadixTableOptions { Allocator = pages, Domain = domain });
            for (ulong i = 0; i < 2000; i++) table[i * i * i] = Guid.NewGuid();
            domain.Barrier();
            RadixTableStatistics full = table.GetStatistics();
            Assert.Equal(2000, full.Cells);
            Assert.Equal(2000 + full.Runs + full.Buckets + full.NarrowDirectories, pages.GetStatistics().LiveBlocks);
        });
    }
}
