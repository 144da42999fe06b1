using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.Tests;

public class SectionTests
{
    [Fact]
    public void A_section_is_active_in_its_domain_until_it_ends()
    {
        using var domain = new RcuDomain();
        using var other = new RcuDomain();
        var section = domain.Enter();
        Assert.True(section.IsActiveIn(domain));
        Assert.False(section.IsActiveIn(other));
        Assert.True(domain.IsInSection);
        Assert.False(other.IsInSection);
        section.Dispose();
        Assert.False(section.IsActiveIn(domain));
        Assert.False(domain.IsInSection);
        Assert.False(default(ReadSection).IsActiveIn(domain));
        default(ReadSection).Dispose();
    }

    [Fact]
    public void A_thread_has_one_reader_id_in_a_domain_and_no_other_thread_has_it()
    {
        using var domain = new RcuDomain();
        using var other = new RcuDomain();
        using var reader = domain.Register();
        nuint own, others = 0;
        using (ReadSection outer = domain.Enter())
        using (ReadSection inner = reader.Enter())
        using (ReadSection elsewhere = other.Enter())
        {
            own = outer.ReaderId;
            Assert.NotEqual((nuint)0, own);
            Assert.Equal(own, inner.ReaderId);
            Assert.NotEqual(own, elsewhere.ReaderId);
            var thread = new Thread(() =>
            {
                using ReadSection section = domain.Enter();
                others = section.ReaderId;
            });
            thread.Start();
            thread.Join();
        }
        Assert.NotEqual((nuint)0, others);
        Assert.NotEqual(own, others);
        using (ReadSection again = domain.Enter()) Assert.Equal(own, again.ReaderId);
        Assert.Equal((nuint)0, default(ReadSection).ReaderId);
    }

    [Fact]
    public void Nested_sections_end_one_by_one()
    {
        using var domain = new RcuDomain();
        using var reader = domain.Register();
        using (reader.EnterOutermost())
        {
            using (domain.Enter())
            using (reader.Enter())
                Assert.True(domain.IsInSection);
            Assert.True(reader.IsInSection);
        }
        Assert.False(reader.IsInSection);
    }

    [Fact]
    public void An_inner_section_does_not_give_up_what_the_outer_one_protects()
    {
        using var domain = new RcuDomain();
        using var reader = domain.Register();
        using (reader.Enter())
        {
            GracePeriodToken token = domain.GetToken();
            Assert.False(domain.HasElapsed(token)); // the epoch goes on
            using (domain.Enter())
            {
                Assert.False(domain.HasElapsed(token));
                using (reader.Enter()) Assert.False(domain.HasElapsed(token));
                Assert.False(domain.HasElapsed(token));
            }
            Assert.False(domain.HasElapsed(token));
        }
    }

    [Fact]
    public void Sections_of_several_domains_are_independent()
    {
        using var a = new RcuDomain();
        using var b = new RcuDomain();
        using (a.Enter())
        {
            using (b.Enter())
            using (a.Enter())
                Assert.True(a.IsInSection && b.IsInSection);
            Assert.False(b.IsInSection);
            b.Synchronize();
        }
    }

    [Fact]
    public void Synchronize_waits_for_a_section_that_is_open()
    {
        using var domain = new RcuDomain();
        domain.Synchronize(); // compiled, so that the wait below is one for the reader
        Task done;
        using (new ParkedReader(domain))
        {
            long before = domain.GetStatistics().GracePeriods;
            done = Task.Run(domain.Synchronize);
            Watchdog.Until(() => domain.GetStatistics().GracePeriods > before, "the wait to begin");
            Thread.Sleep(50);
            Assert.False(done.IsCompleted);
        }
        Watchdog.Wait(done);
    }

    [Fact]
    public void Synchronize_does_not_wait_for_a_section_that_began_later()
    {
        using var domain = new RcuDomain();
        var first = new ParkedReader(domain);
        var token = domain.GetToken();
        Assert.False(domain.HasElapsed(token));
        using var later = new ParkedReader(domain);
        Assert.False(domain.HasElapsed(token));
        first.Dispose();
        Assert.True(domain.HasElapsed(token));
    }

    [Fact]
    public void A_grace_period_under_way_does_not_count_for_a_later_token()
    {
        using var domain = new RcuDomain();
        using var parked = new ParkedReader(domain);
        var early = domain.GetToken();
        Assert.False(domain.HasElapsed(early)); // starts it
        using var second = new ParkedReader(domain);
        var late = domain.GetToken();
        parked.Dispose();
        Assert.True(domain.HasElapsed(early));
        Assert.False(domain.HasElapsed(late));
        Assert.NotEqual(early, late);
    }

    [Fact]
    public void A_section_keeps_its_reader_and_slot_alive_through_collections()
    {
        var domain = new RcuDomain();
        EnterAndCollect(domain);
        domain.Dispose();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static ReadSection EnterThroughForgottenHandle(RcuDomain domain) => domain.Register().Enter();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void EnterAndCollect(RcuDomain domain)
        {
            var section = EnterThroughForgottenHandle(domain);
            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            var token = domain.GetToken();
            Watchdog.Wait(Task.Run(() => Assert.False(domain.HasElapsed(token))));
            Assert.True(section.IsActiveIn(domain));
            section.Dispose();
            Assert.True(domain.HasElapsed(token));
        }
    }

    [Fact]
    public void Waiting_inside_a_section_throws_at_once()
    {
        using var domain = new RcuDomain();
        using (domain.Enter())
        {
            Assert.Throws<InvalidOperationException>(domain.Synchronize);
            Assert.Throws<InvalidOperationException>(domain.Barrier);
            Assert.Throws<InvalidOperationException>(domain.Dispose);
            Assert.IsType<InvalidOperationException>(Record.Exception(() => Watchdog.Forget(domain.SynchronizeAsync())));
            Assert.IsType<InvalidOperationException>(Record.Exception(() => Watchdog.Forget(domain.BarrierAsync())));
        }
        domain.Synchronize();
    }

    [Fact]
    public void Refresh_lets_a_grace_period_pass_an_open_section()
    {
        using var domain = new RcuDomain();
        using var reader = domain.Register();
        using var section = reader.Enter();
        var token = domain.GetToken();
        Assert.False(domain.HasElapsed(token));
        using (var inner = reader.Enter()) Assert.False(inner.Refresh());
        Assert.False(domain.HasElapsed(token));
        Assert.True(section.Refresh());
        Assert.True(domain.HasElapsed(token));
        Assert.True(section.IsActiveIn(domain));
    }

    [Fact]
    public void Quiesce_steps_out_of_a_section_and_back()
    {
        using var domain = new RcuDomain();
        using var reader = domain.Register();
        using (reader.Enter())
        {
            using (reader.Quiesce())
                domain.Synchronize();
            Assert.True(reader.IsInSection);
            Assert.Throws<InvalidOperationException>(domain.Synchronize);
        }
        using (reader.Quiesce()) Assert.False(reader.IsInSection);
        Assert.False(reader.IsInSection);
    }

    [Fact]
    public void A_disposed_handle_refuses_and_a_disposed_domain_refuses()
    {
        var domain = new RcuDomain();
        var reader = domain.Register();
        reader.Dispose();
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { reader.Enter(); });
        Assert.Throws<ObjectDisposedException>(() => { reader.EnterOutermost(); });
        domain.Dispose();
        domain.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { domain.Register(); });
        Assert.Throws<ObjectDisposedException>(() => { domain.Enter(); });
        Assert.Throws<ObjectDisposedException>(domain.Synchronize);
        Assert.Throws<ObjectDisposedException>(() => domain.Defer(static _ => { }, null));
    }

    [Fact]
    public void A_domain_without_use_starts_no_thread_and_thousands_are_possible()
    {
        var domains = Enumerable.Range(0, 3000).Select(_ => new RcuDomain()).ToArray();
        foreach (var domain in domains)
        {
            using (domain.Enter())
            {
            }
            domain.Synchronize();
            Assert.False(domain.Watcher.IsRunning);
        }
        foreach (var domain in domains) domain.Dispose();
    }

    [Fact]
    public void Waiters_that_come_together_share_their_grace_periods()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline });
        const int Waiters = 16;
        Thread[] threads;
        long before = domain.GetStatistics().GracePeriods;
        using (new ParkedReader(domain))
        {
            threads = [.. Enumerable.Range(0, Waiters).Select(_ => Watchdog.Start(domain.Synchronize))];
            var asleep = new HashSet<Thread>(); // so each has come as far as to wait
            Watchdog.Until(
                () =>
                {
                    asleep.UnionWith(threads.Where(thread => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0));
                    return asleep.Count == Waiters;
                },
                "the waiters to wait");
            Assert.All(threads, thread => Assert.True(thread.IsAlive));
        }
        foreach (var thread in threads) Watchdog.Join(thread);
        Assert.InRange(domain.GetStatistics().GracePeriods - before, 1, Waiters / 2);
    }

    [Fact]
    public void The_collector_alone_finds_a_dead_thread()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline });
        Watchdog.Join(Watchdog.Start(() => { _ = domain.Enter(); }));
        Watchdog.Until(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return domain.GetStatistics().DeadReaders == 1;
        }, "the finalizer");
        Assert.Equal(0, domain.GetStatistics().Readers);
    }

    [Fact]
    public void A_domain_that_is_dropped_and_the_readers_in_it_are_collected()
    {
        var gone = Drop();
        Watchdog.Until(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using (RcuDomain.Default.Enter())
            {
            }
            return !gone.IsAlive;
        }, "the collection of a domain");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Drop()
        {
            var domain = new RcuDomain();
            using (domain.Register().Enter())
            using (domain.Enter())
                return new WeakReference(domain);
        }
    }

    [Fact]
    public void The_token_of_another_domain_is_refused()
    {
        using var a = new RcuDomain();
        using var b = new RcuDomain();
        var token = a.GetToken();
        Assert.Throws<ArgumentException>(() => b.HasElapsed(token));
        Assert.True(b.HasElapsed(default));
        a.Wait(token);
        Assert.True(a.HasElapsed(token));
    }
}
