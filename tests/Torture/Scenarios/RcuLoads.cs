using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Rcu;

namespace Alloc.Torture.Scenarios;

/// <summary>Grace periods under attack, by themselves and under a table.</summary>
internal static unsafe class RcuLoads
{
    /// <summary>An unlinked object grows older by one with each grace period; a section that may still hold it sees it at age 0.</summary>
    public static void AgePipe(Arena arena)
    {
        using var items = new Items();
        using var domain = new RcuDomain();
        nint current = (nint)items.New();
        long unlinked = 0;
        arena.Go(
        [
            _ =>
            {
                var pipe = new Queue<nint>();
                long periods = 0;
                for (; !arena.IsOver; periods++)
                {
                    pipe.Enqueue(Interlocked.Exchange(ref current, (nint)items.New()));
                    domain.Synchronize();
                    foreach (nint item in pipe) Interlocked.Increment(ref ((Items.Item*)item)->Age);
                    if (((Items.Item*)pipe.Peek())->Age >= 10) Items.Free(&((Items.Item*)pipe.Dequeue())->Head);
                }
                foreach (nint item in pipe) Items.Free(&((Items.Item*)item)->Head);
                arena.Count("grace periods", periods);
            },
            .. Arena.Times(arena.Readers, _ => random =>
            {
                using RcuReader reader = domain.Register();
                long late = 0;
                while (!arena.IsOver)
                {
                    using ReadSection section = reader.Enter();
                    var item = (Items.Item*)Volatile.Read(ref current);
                    Dawdle(random);
                    long age = Volatile.Read(ref item->Age);
                    ulong state = Volatile.Read(ref item->State);
                    if (Volatile.Read(ref current) != (nint)item) late++;
                    Arena.Check(state == Items.Alive && age == 0, $"a section saw an object of age {age} in state {state:x}");
                }
                Interlocked.Add(ref unlinked, late);
            }),
        ]);
        Items.Free(&((Items.Item*)current)->Head);
        arena.Count("unlinked while in use", unlinked);
        items.Finish();
        arena.Require("grace periods", "unlinked while in use");
    }

    public static void Nesting(Arena arena)
    {
        using var items = new Items();
        using var domain = new RcuDomain();
        nint current = (nint)items.New();
        arena.Go(
        [
            _ =>
            {
                long replaced = 0;
                for (; !arena.IsOver; replaced++)
                {
                    var old = (Items.Item*)Interlocked.Exchange(ref current, (nint)items.New());
                    domain.Defer(&old->Head, Items.Callback, (nuint)sizeof(Items.Item));
                    if (replaced % 64 == 0) domain.Barrier();
                }
                arena.Count("replaced", replaced);
            },
            .. Arena.Times(arena.Readers, _ => random =>
            {
                long deep = 0;
                while (!arena.IsOver)
                {
                    using ReadSection outermost = domain.Enter();
                    var item = (Items.Item*)Volatile.Read(ref current);
                    Nest(domain, item, random, random.Next(8));
                    Arena.Check(Volatile.Read(ref item->State) == Items.Alive, "freed inside the outermost section");
                    deep++;
                }
                arena.Count("nested", deep);
            }),
        ]);
        var last = (Items.Item*)current;
        domain.Defer(&last->Head, Items.Callback);
        domain.Barrier();
        Arena.Check(!domain.IsInSection, "a section was left open");
        items.Finish();
        arena.Require("replaced", "nested");
    }

    private static void Nest(RcuDomain domain, Items.Item* item, Random random, int depth)
    {
        if (depth == 0) return;
        using (domain.Enter())
        {
            Dawdle(random);
            Nest(domain, item, random, depth - 1);
        }
        // An inner end must not end the outer protection.
        Arena.Check(Volatile.Read(ref item->State) == Items.Alive, "freed when an inner section ended");
    }

    public static void StalledReader(Arena arena)
    {
        using var items = new Items();
        using var domain = new RcuDomain(new RcuDomainOptions { StallTimeout = TimeSpan.FromSeconds(60) });
        var world = new World<ulong>(arena);
        int stalls = 0;
        while (!arena.IsOver || stalls == 0)
        {
            stalls++;
            int round = stalls;
            arena.Go(random =>
            {
                const int count = 2000;
                for (ulong key = 0; key < 4096; key++) world.Table[key] = InlineValues.Make(key, 1);
                world.Domain.Barrier(); // nodes that grew on the way were retired before the reader came
                var deferred = new nint[count];
                for (int i = 0; i < count; i++) deferred[i] = (nint)items.New();
                using var inside = new ManualResetEventSlim();
                using var go = new ManualResetEventSlim();
                var reader = new Thread(() =>
                {
                    using (domain.Enter())
                    using (world.Domain.Enter())
                    {
                        inside.Set();
                        go.Wait();
                    }
                });
                reader.Start();
                inside.Wait();
                GracePeriodToken token;
                try
                {
                    for (int i = 0; i < count; i++) domain.Defer(&((Items.Item*)deferred[i])->Head, Items.Callback, 1000);
                    long pages = world.Pages.GetStatistics().LivePages;
                    Arena.Check(world.Table.RemoveRange(0, 4095) == 4096, "the removal counted wrong");
                    token = domain.GetToken();
                    for (int i = 0; i < 5; i++)
                    {
                        domain.Poll();
                        world.Domain.Poll();
                        Thread.Sleep(random.Next(3));
                    }
                    Arena.Check(!domain.HasElapsed(token), "a grace period ended under a stalled reader");
                    Arena.Check(items.Out == count, "something was freed under a stalled reader");
                    Arena.Check(world.Pages.GetStatistics().LivePages >= pages, "pages were freed under a stalled reader");
                    foreach (nint item in deferred) Arena.Check(((Items.Item*)item)->State == Items.Alive, "freed under a stalled reader");
                }
                finally
                {
                    go.Set();
                }
                arena.Join(reader);
                domain.Barrier();
                world.Domain.Barrier();
                Arena.Check(items.Out == 0, "a barrier left something deferred");
                Arena.Check(domain.HasElapsed(token), "the grace period did not end with the reader");
            });
        }
        arena.Count("stalls", stalls);
        world.Finish();
        items.Finish();
        arena.Require("stalls", "reclaimed pages");
    }

    public static void BarrierFlood(Arena arena)
    {
        using var items = new Items();
        using var domain = new RcuDomain();
        arena.Go(
        [
            .. Arena.Times(3, _ => random =>
            {
                long barriers = 0;
                var own = new nint[32];
                for (; !arena.IsOver; barriers++)
                {
                    int count = random.Next(1, own.Length);
                    using var mine = new CountdownEvent(count);
                    for (int i = 0; i < count; i++)
                    {
                        var item = items.New();
                        domain.Defer(&item->Head, Items.Callback, 64);
                        domain.Defer(static counter => ((CountdownEvent)counter!).Signal(), mine);
                    }
                    switch (random.Next(3))
                    {
                        case 0:
                            Arena.Check(domain.BarrierAsync().AsTask().Wait(Arena.Patience), "BarrierAsync does not end");
                            break;
                        case 1:
                            domain.Synchronize();
                            domain.Barrier();
                            break;
                        default:
                            domain.Barrier();
                            break;
                    }
                    Arena.Check(mine.IsSet, $"{mine.CurrentCount} callbacks deferred before a barrier had not run after it");
                }
                arena.Count("barriers", barriers);
            }),
            .. Arena.Times(arena.Readers, _ => random =>
            {
                while (!arena.IsOver)
                {
                    using (domain.Enter()) Dawdle(random);
                }
            }),
        ]);
        domain.Barrier();
        items.Finish();
        arena.Require("barriers");
    }

    public static void ThreadChurn(Arena arena)
    {
        var world = new World<ulong>(arena);
        RadixTable<ulong> table = world.Table;
        long threads = 0;
        arena.Go(
        [
            .. Arena.Times(2, spawner => random =>
            {
                while (!arena.IsOver)
                {
                    var workers = new Thread[8];
                    Exception? failure = null;
                    for (int i = 0; i < workers.Length; i++)
                    {
                        ulong first = ((ulong)spawner << 30) + (ulong)i * 512;
                        int number = random.Next();
                        workers[i] = new Thread(() =>
                        {
                            try
                            {
                                for (ulong k = 0; k < 20; k++) table[first + k] = InlineValues.Make(first + k, (uint)number);
                                Arena.Check(table.RemoveRange(first, first + 511) == 20, "a short thread's removal counted wrong");
                                if (number % 3 == 0) _ = world.Domain.Enter(); // it dies inside
                            }
                            catch (Exception e) when (e is TortureException or ObjectDisposedException or InvalidOperationException)
                            {
                                failure = e;
                            }
                        });
                        workers[i].Start();
                    }
                    foreach (Thread worker in workers) arena.Join(worker);
                    if (failure is not null) throw failure;
                    Interlocked.Add(ref threads, workers.Length);
                }
            }),
            .. Arena.Times(arena.Readers, _ => random =>
            {
                while (!arena.IsOver)
                {
                    ulong key = ((ulong)random.Next(2) << 30) + (ulong)random.Next(8) * 512 + (ulong)random.Next(20);
                    if (table.TryGetValue(key, out ulong value)) Arena.Check(InlineValues.Belongs(value, key), $"{value:x} is no value of {key:x}");
                }
            }),
        ]);
        arena.Count("threads", threads);
        world.Domain.Barrier(); // the dead readers' sections end with them
        arena.Count("dead readers", world.Domain.GetStatistics().DeadReaders);
        Arena.Check(table.IsEmpty, "entries were left behind");
        world.Finish();
        arena.Require("threads", "dead readers", "singles");
    }

    private static void Dawdle(Random random)
    {
        switch (random.Next(32))
        {
            case 0:
                Thread.Yield();
                break;
            case < 8:
                Thread.SpinWait(random.Next(200));
                break;
        }
    }
}
