using System.Runtime.CompilerServices;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Rcu;

namespace Alloc.Torture.Scenarios;

/// <summary>Readers, enumerations, limits and the end of a table, all under load.</summary>
internal static class TableLoads
{
    public static void Enumerators(Arena arena)
    {
        var world = new World<ulong>(arena);
        RadixTable<ulong> table = world.Table;
        ulong[] permanent = [.. Enumerable.Range(0, 40).Select(i => (ulong)i * 700).Append(1UL << 50).Append(ulong.MaxValue)];
        foreach (ulong key in permanent) table[key] = InlineValues.Make(key, 0);
        arena.Go(
        [
            .. Arena.Times(2, thread => random => Churn(arena, table, random, permanent.Contains)),
            .. Arena.Times(arena.Readers, _ => random =>
            {
                long enumerations = 0;
                for (; !arena.IsOver; enumerations++)
                {
                    int seen = 0;
                    ulong next = 0;
                    bool wrapped = false;
                    foreach (var (key, value) in table)
                    {
                        Arena.Check(!wrapped && key >= next, "an enumeration went back");
                        wrapped = key == ulong.MaxValue;
                        next = key + 1;
                        Arena.Check(InlineValues.Belongs(value, key), $"{value:x} is no value of {key:x}");
                        if (seen < permanent.Length && key == permanent[seen]) seen++;
                    }
                    Arena.Check(seen == permanent.Length, $"an enumeration missed {permanent[Math.Min(seen, permanent.Length - 1)]:x}");
                }
                arena.Count("enumerations", enumerations);
            }),
        ]);
        world.Finish();
        arena.Require("enumerations", "reclaimed pages");
    }

    public static void Trim(Arena arena)
    {
        var world = new World<ulong>(arena);
        arena.Go(
        [
            .. Arena.Times(2, _ => random => Churn(arena, world.Table, random, _ => false)),
            _ =>
            {
                long trims = 0;
                for (; !arena.IsOver; trims++)
                {
                    world.Table.Trim();
                    if (trims % 32 == 0) world.Pages.Trim();
                }
                arena.Count("trims", trims);
            },
        ]);
        world.Finish();
        arena.Require("trims", "replacements", "reclaimed pages");
    }

    // Puts and removes around where nodes meet, and empties whole tables, but leaves alone what is spared.
    private static void Churn(Arena arena, RadixTable<ulong> table, Random random, Func<ulong, bool> spared)
    {
        for (uint step = 0; !arena.IsOver; step++)
        {
            ulong key = random.Next(4) == 0 ? (1UL << random.Next(9, 63)) + (ulong)random.Next(4) : (ulong)random.Next(28_000);
            if (spared(key)) continue;
            if (random.Next(5) < 2) table[key] = InlineValues.Make(key, step);
            else if (random.Next(50) == 0 && key < 28_000) table.RemoveRange(key / 700 * 700 + 1, key / 700 * 700 + 699);
            else table.TryRemove(key, out _);
        }
    }

    public static void Cells(Arena arena)
    {
        var world = new World<Wide>(arena);
        RadixTable<Wide> table = world.Table;
        arena.Go(
        [
            .. Arena.Times(2, thread => random =>
            {
                for (uint step = 0; !arena.IsOver; step++)
                {
                    ulong key = (ulong)random.Next(64) * 100;
                    if (random.Next(3) == 0) table.TryRemove(key, out _);
                    else table[key] = WideValues.Make(key, step * 2 + (uint)thread);
                }
            }),
            .. Arena.Times(arena.Readers, _ => random =>
            {
                long hits = 0;
                while (!arena.IsOver)
                {
                    ulong key = (ulong)random.Next(64) * 100;
                    if (!table.TryGetValue(key, out Wide value)) continue;
                    hits++;
                    Arena.Check(WideValues.Belongs(value, key), $"{value} is no value of {key:x}");
                }
                arena.Count("hits", hits);
            }),
        ]);
        world.Finish();
        arena.Require("hits", "singles");
    }

    public static void Limit(Arena arena)
    {
        var world = new World<ulong>(arena, maxBytes: 48 * Page.Size);
        RadixTable<ulong> table = world.Table;
        arena.Go(Arena.Times(3, thread => random =>
        {
            long refusals = 0, removed = 0;
            var own = new Dictionary<ulong, ulong>();
            for (uint step = 0; !arena.IsOver; step++)
            {
                ulong key = (ulong)random.Next(120) << random.Next(24) << 2 | (uint)thread;
                ulong value = MixedValues.Make(key, step);
                try
                {
                    if (own.Count < 400 && random.Next(3) != 0)
                    {
                        table[key] = value;
                        own[key] = value;
                        continue;
                    }
                }
                catch (OutOfMemoryException)
                {
                    refusals++;
                    bool has = own.TryGetValue(key, out ulong expected);
                    Arena.Check(table.TryGetValue(key, out ulong present) == has && present == expected, $"a refused insert has changed {key:x}");
                }
                if (own.Count == 0) continue;
                (key, value) = own.ElementAt(random.Next(own.Count));
                Arena.Check(table.TryRemove(key, out ulong gone) && gone == value, $"{key:x} was there, and its removal got {gone:x}");
                own.Remove(key);
                removed++;
            }
            foreach (var (key, value) in own) Arena.Check(table.TryGetValue(key, out ulong present) && present == value, $"{key:x} was lost");
            arena.Count("refusals", refusals);
            arena.Count("removals", removed);
        }));
        world.Finish();
        arena.Require("refusals", "removals", "reclaimed pages");
    }

    public static void SemiRcu(Arena arena)
    {
        var world = new World<ulong>(arena, PageTable.ReclaimMode.SemiRcu, refuseBatches: true);
        RadixTable<ulong> table = world.Table;
        arena.Go(
        [
            .. Arena.Times(2, _ => random => Churn(arena, table, random, _ => false)),
            .. Arena.Times(arena.Readers, _ => random =>
            {
                long hits = 0;
                while (!arena.IsOver)
                {
                    ulong key = (ulong)random.Next(28_000);
                    if (!table.TryGetValue(key, out ulong value)) continue;
                    hits++;
                    Arena.Check(InlineValues.Belongs(value, key), $"{value:x} is no value of {key:x}");
                }
                arena.Count("hits", hits);
            }),
        ]);
        world.Finish();
        arena.Require("hits", "waits", "reclaimed pages");
    }

    public static void Dispose(Arena arena)
    {
        int rounds = 0;
        while (!arena.IsOver || rounds < 3)
        {
            rounds++;
            var pages = new PageAllocator();
            var domain = new RcuDomain();
            var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain });
            int stopped = 0;
            using var begun = new CountdownEvent(3);
            int round = rounds;
            arena.Go(
            [
                .. Arena.Times(3, thread => random =>
                {
                    try
                    {
                        for (uint step = 0; ; step++)
                        {
                            if (step == 30) begun.Signal();
                            ulong key = (ulong)random.Next(1200) << (random.Next(4) * 9);
                            switch (random.Next(6))
                            {
                                case 0:
                                    table.RemoveRange(key, key | 1023);
                                    break;
                                case 1:
                                    if (table.TryGetValue(key, out ulong value)) Arena.Check(MixedValues.Belongs(value, key), "a wrong value");
                                    break;
                                case 2:
                                    table.TryRemove(key, out _);
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
                }),
                random =>
                {
                    Arena.Check(begun.Wait(Arena.Patience), "the threads do not begin");
                    Thread.SpinWait(random.Next(20_000));
                    if (round % 2 == 0) table.Dispose();
                    else Arena.Check(table.DisposeAsync().AsTask().Wait(Arena.Patience), "DisposeAsync does not end");
                },
            ]);
            Arena.Check(stopped == 3, "a thread did not get ObjectDisposedException");
            Arena.Check(pages.GetStatistics() is { LivePages: 0, LiveBlocks: 0 }, "a disposed table keeps pages");
            if (round % 4 == 0) Forget(pages, domain);
            Arena.Until(
                () =>
                {
                    GC.Collect();
                    return pages.GetStatistics() is { LivePages: 0, LiveBlocks: 0 };
                },
                "a forgotten table gives its memory back");
            Arena.Until(() => TryDispose(domain) && TryDispose(pages), "the leases come back");
            arena.Count("disposed under load");
            if (round % 4 == 0) arena.Count("forgotten");
        }
        arena.Require("disposed under load");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(PageAllocator pages, RcuDomain domain)
    {
        var thread = new Thread(() =>
        {
            var table = new RadixTable<Guid>(new RadixTableOptions { Allocator = pages, Domain = domain });
            for (ulong i = 0; i < 500; i++) table[i * i * i] = Guid.Empty;
        });
        thread.Start();
        thread.Join();
    }

    private static bool TryDispose(IDisposable what)
    {
        try
        {
            what.Dispose();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // a lease is out
        }
    }
}
