using System.Collections.Concurrent;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Targets;

/// <summary>
/// One process's part: the figures by which the table is judged, on one pattern of keys. One default configuration; a presized
/// ConcurrentDictionary and, where keys are dense, the flat array take turns with it, chunk by chunk.
/// </summary>
internal sealed class TargetRun(TargetKeys keys, TargetPass pass, bool withFlat, IClock clock) : IDisposable
{
    private const int Window = 1024;
    private const int Collections = 3;

    private readonly ulong _zero = (ulong)(Environment.TickCount64 >>> 63); // never anything else, but the compiler cannot know
    private readonly PageAllocator _allocator = new();
    private readonly RcuDomain _domain = new();
    private ulong _sum;

    public static void WarmUp(string pattern, bool withFlat, IClock clock) => TargetWarmUp.Run(entries =>
    {
        using var run = new TargetRun(new TargetKeys(pattern, entries, 9), new TargetPass(pattern, entries), withFlat, clock);
        run.Run();
    });

    public void Run()
    {
        foreach (var key in keys.Lookups)
        {
            _sum += Loops.ValueOf(key);
        }

        using var reader = _domain.Register();
        using var alone = Alone();
        using var flat = withFlat ? new FlatArray(keys.Ascending.Length) : null;
        using var table = NewTable();
        var count = keys.Ascending.Length;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var map = new ConcurrentDictionary<ulong, ulong>(Environment.ProcessorCount, count);
        var given = keys.Given;
        Time(Aims.Insert, [Aims.Map], count, (ulong)count,
            [(at, n) => Loops.Set(table, given.AsSpan(at, n), 0), (at, n) => Loops.Set(map, given.AsSpan(at, n), 0)]);
        pass.Alone[Aims.CollectionWithMap] = Collect();
        pass.Alone[Aims.MapBytes] = (GC.GetTotalMemory(forceFullCollection: false) - before) / (double)count;
        Fill(flat);

        // Churn: three tenths go and come back; the misses are looked up while they are away.
        var away = keys.Away;
        Loops.Remove(table, away);
        Loops.Remove(map, away);
        Time(Aims.MissInside, [Aims.Map], away.Length, 0,
            [(at, n) => Loops.HitThroughReader(table, reader, away.AsSpan(at, n)), (at, n) => Loops.Hit(map, away.AsSpan(at, n))]);
        Loops.Set(table, away, 0);
        Loops.Set(map, away, 0);
        var outside = keys.Outside;
        Time(Aims.MissOutside, [Aims.Map], outside.Length, 0,
            [(at, n) => Loops.HitThroughReader(table, reader, outside.AsSpan(at, n)), (at, n) => Loops.Hit(map, outside.AsSpan(at, n))]);

        // Each kind of section is a series of its own: contenders that read the same table would warm the caches for each other.
        var some = keys.Lookups;
        Hits(Aims.HitThroughReader, (at, n) => Loops.HitThroughReader(table, reader, some.AsSpan(at, n)), map, flat);
        Hits(Aims.HitInOneSection, (at, n) => Loops.HitInOneSection(table, reader, some.AsSpan(at, n)), map, flat);
        Hits(Aims.HitPlain, (at, n) => Loops.HitPlain(table, some.AsSpan(at, n)), map, flat);
        var few = some[..Math.Max(some.Length / 4, Math.Min(some.Length, 50_000))];
        var fewSum = few.Aggregate(0UL, (sum, key) => sum + Loops.ValueOf(key));
        Time(Aims.Chain, WithFlat(Aims.Map), few.Length, fewSum,
        [
            (at, n) => Loops.Chain(table, reader, few.AsSpan(at, n), _zero), (at, n) => Loops.Chain(map, few.AsSpan(at, n), _zero),
            .. flat is null ? (ChunkWork[])[] : [(at, n) => Loops.Chain(flat, few.AsSpan(at, n), _zero)],
        ]);
        Time(Aims.Scan, [Aims.Map, Aims.SortedMap], count, keys.PairSum,
            [(_, _) => Loops.Scan(table), (_, _) => Loops.Scan(map), (_, _) => Loops.ScanSorted(map)], chunk: count);
        Time(Aims.Overwrite, [Aims.Map], some.Length, (ulong)some.Length,
            [(at, n) => Loops.Set(table, some.AsSpan(at, n), 1), (at, n) => Loops.Set(map, some.AsSpan(at, n), 1)]);
        Time(Aims.Remove, [Aims.Map], some.Length, (ulong)some.Length,
            [(at, n) => Loops.Remove(table, some.AsSpan(at, n)), (at, n) => Loops.Remove(map, some.AsSpan(at, n))]);
        map.Clear();
        if (withFlat)
        {
            HitWithCells(table, reader);
        }

        // All but the ends, so that the nodes at the ends are not unlinked whole.
        Loops.Set(table, some, 0);
        var (ascending, inner) = (keys.Ascending, count - 2);
        Time(Aims.Range, [Aims.RemoveInOrder], inner, (ulong)inner,
        [
            (_, n) => (ulong)alone.RemoveRange(ascending[1], ascending[n]),
            (_, n) => Loops.Remove(table, ascending.AsSpan(1, n)),
        ], chunk: inner);
    }

    public void Dispose()
    {
        _domain.Dispose();
        _allocator.Dispose();
    }

    private RadixTable<ulong> NewTable() => new(new RadixTableOptions { Allocator = _allocator, Domain = _domain });

    /// <summary>
    /// The table before anything else is there, filled in the order given and, where that is another one, once more in shuffled order: memory after
    /// churn, the worst window of shuffled inserts, and what a collection takes.
    /// </summary>
    private RadixTable<ulong> Alone()
    {
        var table = Fill(keys.Given, Aims.Resident, Aims.Live);
        if (!keys.GivenIsShuffled)
        {
            table.Dispose();
            table = Fill(keys.Shuffled, Aims.ResidentShuffled, Aims.LiveShuffled);
        }

        pass.Alone[Aims.Collection] = Collect();
        return table;
    }

    private RadixTable<ulong> Fill(ulong[] order, string resident, string live)
    {
        _domain.Barrier();
        _allocator.Trim();
        var before = MemorySampler.ResidentBytesAfterCollection();
        var table = NewTable();
        pass.Alone[Aims.WorstWindow] = InsertInWindows(table, order);
        Loops.Remove(table, keys.Away);
        Loops.Set(table, keys.Away, 0);
        _domain.Barrier();
        double count = keys.Ascending.Length;
        pass.Alone[resident] = (MemorySampler.ResidentBytesAfterCollection() - before) / count;
        pass.Alone[live] = table.GetStatistics().TableBytes / count;
        return table;
    }

    private double Collect() => Quantiles.Median([.. Enumerable.Range(0, Collections).Select(_ =>
    {
        var began = clock.Now();
        GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        return (double)(clock.Now() - began);
    })]);

    private unsafe void Fill(FlatArray? flat)
    {
        if (flat is not null)
        {
            foreach (var key in keys.Ascending)
            {
                flat.Values[key] = Loops.ValueOf(key);
            }
        }
    }

    private string[] WithFlat(string peer) => withFlat ? [peer, Aims.Flat] : [peer];

    private void Hits(string operation, ChunkWork lookup, ConcurrentDictionary<ulong, ulong> map, FlatArray? flat)
    {
        var some = keys.Lookups;
        Time(operation, WithFlat(Aims.Map), some.Length, _sum,
        [
            lookup, (at, n) => Loops.Hit(map, some.AsSpan(at, n)), .. flat is null ? (ChunkWork[])[] : [(at, n) => Loops.Hit(flat, some.AsSpan(at, n))],
        ]);
    }

    private void Time(string operation, string[] peers, int items, ulong expected, ChunkWork[] works, int chunk = TargetSeries.Chunk) =>
        TargetSeries.Time(pass, clock, operation, peers, items, expected, works, chunk);

    // Of a quarter of the keys. Bit 62 does not fit a word, bit 61 does; with a multiple of 8 odd keys both sums are the same.
    private void HitWithCells(RadixTable<ulong> table, RcuReader reader)
    {
        var some = keys.Ascending.Length / 64 * 16;
        var chosen = Array.FindAll(keys.Shuffled, key => key < (ulong)some);
        using var half = NewTable();
        var sum = 0UL;
        foreach (var key in chosen)
        {
            half[key] = Loops.ValueOf(key) | ((key & 1) << 62);
            table[key] = Loops.ValueOf(key) | ((key & 1) << 61);
            sum += table[key];
        }

        pass.Alone[Aims.CellBytes] = half.GetStatistics().TableBytes / (double)some;
        Time(Aims.HalfInCells, [Aims.AllInline], some, sum,
        [
            (at, n) => Loops.HitThroughReader(half, reader, chosen.AsSpan(at, n)),
            (at, n) => Loops.HitThroughReader(table, reader, chosen.AsSpan(at, n)),
        ]);
    }

    // The longest of all windows of 1,024 inserts, in the thread's own processor time: a preempted one would say something about the machine.
    private static long InsertInWindows(RadixTable<ulong> table, ReadOnlySpan<ulong> keys)
    {
        var worst = 0L;
        for (var at = 0; at < keys.Length; at += Window)
        {
            var window = keys.Slice(at, Math.Min(Window, keys.Length - at));
            var began = CpuTime.OfThread();
            Loops.Set(table, window, 0);
            worst = Math.Max(worst, CpuTime.OfThread() - began);
        }

        return worst;
    }
}
