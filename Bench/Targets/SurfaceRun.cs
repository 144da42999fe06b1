using System.Collections.Concurrent;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Targets;

/// <summary>
/// One process's part for what goes beyond single keys, on one pattern of keys: neighbours beside hits, batches beside single calls and beside a presized
/// ConcurrentDictionary, the cursor beside separate lookups, loading, ids and snapshots alone.
/// </summary>
internal sealed class SurfaceRun(TargetKeys keys, TargetPass pass, bool withFlat, IClock clock) : IDisposable
{
    private const int CopyRoom = 4096;

    private readonly PageAllocator _allocator = new();
    private readonly RcuDomain _domain = new();
    private readonly ulong[] _values = new ulong[TargetSeries.Chunk];
    private readonly bool[] _found = new bool[TargetSeries.Chunk];
    private ulong _sink;

    public static void WarmUp(string pattern, bool withFlat, IClock clock) => TargetWarmUp.Run(entries =>
    {
        using var run = new SurfaceRun(new TargetKeys(pattern, entries, 9), new TargetPass(pattern, entries), withFlat, clock);
        run.Run();
    });

    public void Run()
    {
        var count = keys.Ascending.Length;
        Build();
        using var table = NewTable();
        var map = new ConcurrentDictionary<ulong, ulong>(Environment.ProcessorCount, count);
        using var flat = withFlat ? new FlatArray(count) : null;
        Fill(table, map, flat);
        Loops.Remove(table, keys.Away);
        Neighbours(table);
        Loops.Set(table, keys.Away, 0);
        Scans(table);
        Batches(table, map, flat);
        Cursors(table);
        Increments(table, map);
        Snapshots(table);
        Ids();
    }

    public void Dispose()
    {
        _domain.Dispose();
        _allocator.Dispose();
    }

    private RadixTable<ulong> NewTable() => new(Options(_allocator));

    private RadixTableOptions Options(PageAllocator allocator) => new() { Allocator = allocator, Domain = _domain };

    // From memory that the system has yet to give, as a program that loads a table has it.
    private void Build()
    {
        var ascending = keys.Ascending;
        var values = Array.ConvertAll(ascending, Loops.ValueOf);
        using var fresh = new PageAllocator();
        using var other = new PageAllocator();
        RadixTable<ulong>? loaded = null;
        using var inserted = new RadixTable<ulong>(Options(other));
        Time(Aims.LoadSorted, [Aims.SeparateSets], ascending.Length, (ulong)ascending.Length,
        [
            (_, _) => (ulong)(loaded = RadixTable<ulong>.LoadSorted(ascending, values, Options(fresh))).Count,
            (_, n) => SurfaceLoops.Set(inserted, ascending, values),
        ], ascending.Length);
        pass.Alone[Aims.LoadSortedTime] = pass.Rows[^1].TableNanoseconds;
        loaded!.Dispose();
    }

    private void Fill(RadixTable<ulong> table, ConcurrentDictionary<ulong, ulong> map, FlatArray? flat)
    {
        var given = keys.Given;
        var values = Array.ConvertAll(given, Loops.ValueOf);
        using var other = new PageAllocator();
        using var single = new RadixTable<ulong>(Options(other));
        Time(Aims.AddMany, [Aims.SeparateSets, Aims.Map], given.Length, (ulong)given.Length,
        [
            (at, n) => (ulong)table.AddRange(given.AsSpan(at, n), values.AsSpan(at, n)),
            (at, n) => SurfaceLoops.Add(single, given.AsSpan(at, n), values.AsSpan(at, n)),
            (at, n) => SurfaceLoops.Add(map, given.AsSpan(at, n), values.AsSpan(at, n)),
        ]);
        if (flat is not null)
        {
            Fill(flat);
        }
    }

    private unsafe void Fill(FlatArray flat)
    {
        foreach (var key in keys.Ascending)
        {
            flat.Values[key] = Loops.ValueOf(key);
        }
    }

    // Three tenths of the keys are away: their neighbours are asked for.
    private void Neighbours(RadixTable<ulong> table)
    {
        var (away, outside) = (keys.Away, keys.Outside);
        var here = keys.Shuffled[away.Length..(2 * away.Length)];
        var present = keys.Shuffled[away.Length..];
        Array.Sort(present);
        var (up, down) = (0UL, 0UL);
        foreach (var probe in away)
        {
            var next = ~Array.BinarySearch(present, probe);
            up += next < present.Length ? present[next] - probe : 0;
            down += next > 0 ? probe - present[next - 1] : 0;
        }

        var (hits, distanceUp, distanceDown) = (0UL, 0UL, 0UL);
        ulong Hits(int at, int n) => SurfaceLoops.Hit(table, here.AsSpan(at, n), ref hits);
        Time(Aims.Ceiling, [Aims.Hit], away.Length, (ulong)away.Length, [(at, n) => SurfaceLoops.Ceiling(table, away.AsSpan(at, n), ref distanceUp), Hits]);
        Verify(Aims.Ceiling, up, distanceUp);
        Verify(Aims.Hit, here.Aggregate(0UL, (all, key) => all + Loops.ValueOf(key)), hits);
        Time(Aims.Floor, [Aims.Hit], away.Length, (ulong)away.Length, [(at, n) => SurfaceLoops.Floor(table, away.AsSpan(at, n), ref distanceDown), Hits]);
        Verify(Aims.Floor, down, distanceDown);

        var few = Math.Min(outside.Length, away.Length);
        Time(Aims.CeilingFar, [Aims.Hit], few, (ulong)few, [(at, n) => SurfaceLoops.Ceiling(table, outside.AsSpan(at, n), ref _sink), Hits]);
        Time(Aims.First, [Aims.Hit], few, (ulong)few, [(_, n) => SurfaceLoops.First(table, n), Hits]);
    }

    private void Scans(RadixTable<ulong> table)
    {
        var count = keys.Ascending.Length;
        var (someKeys, someValues) = (new ulong[CopyRoom], new ulong[CopyRoom]);
        Time(Aims.CountAll, [Aims.Foreach], count, (ulong)count,
            [(_, _) => (ulong)table.CountRange(0, ulong.MaxValue), (_, _) => SurfaceLoops.Count(table)], count);
        Time(Aims.ScanVisitor, [Aims.Foreach], count, keys.PairSum, [(_, _) => SurfaceLoops.ScanVisitor(table), (_, _) => Loops.Scan(table)], count);
        Time(Aims.CopyOut, [Aims.Foreach], count, keys.PairSum,
            [(_, _) => SurfaceLoops.CopyOut(table, someKeys, someValues), (_, _) => Loops.Scan(table)], count);
    }

    private void Batches(RadixTable<ulong> table, ConcurrentDictionary<ulong, ulong> map, FlatArray? flat)
    {
        var some = keys.Lookups;
        var values = Array.ConvertAll(some, Loops.ValueOf);
        var sum = values.Aggregate(0UL, (all, value) => all + value);

        // A series for each peer: contenders that read the same table would warm the caches for each other.
        ulong Batched(int at, int n) => SurfaceLoops.Batched(table, some.AsSpan(at, n), _values, _found);
        Time(Aims.Batched, [Aims.Map, .. flat is null ? (string[])[] : [Aims.Flat]], some.Length, sum,
            [Batched, (at, n) => Loops.Hit(map, some.AsSpan(at, n)), .. flat is null ? (ChunkWork[])[] : [(at, n) => Loops.Hit(flat, some.AsSpan(at, n))]]);
        Time(Aims.SetMany, [Aims.Map], some.Length, (ulong)some.Length,
        [
            (at, n) => SetMany(table, some.AsSpan(at, n), values.AsSpan(at, n)),
            (at, n) => SurfaceLoops.Set(map, some.AsSpan(at, n), values.AsSpan(at, n)),
        ]);
        var half = some.Length / 2;
        Time(Aims.SetMany, [Aims.SeparateSets], half, (ulong)half,
        [
            (at, n) => SetMany(table, some.AsSpan(at, n), values.AsSpan(at, n)),
            (at, n) => SurfaceLoops.Set(table, some.AsSpan(half + at, n), values.AsSpan(half + at, n)),
        ]);
    }

    private static ulong SetMany(RadixTable<ulong> table, ReadOnlySpan<ulong> some, ReadOnlySpan<ulong> values)
    {
        table.SetRange(some, values);
        return (ulong)some.Length;
    }

    private void Cursors(RadixTable<ulong> table)
    {
        var sorted = (ulong[])keys.Lookups.Clone();
        Array.Sort(sorted);
        var sum = sorted.Aggregate(0UL, (all, key) => all + Loops.ValueOf(key));
        Time(Aims.CursorProbes, [Aims.SeparateLookups], sorted.Length, sum,
            [(at, n) => SurfaceLoops.CursorProbes(table, sorted.AsSpan(at, n)), (at, n) => Loops.HitPlain(table, sorted.AsSpan(at, n))]);
        var count = keys.Ascending.Length;
        Time(Aims.CursorSteps, [Aims.Higher], count, keys.PairSum, [(_, _) => SurfaceLoops.CursorSteps(table), (_, _) => SurfaceLoops.HigherSteps(table)], count);
    }

    private void Increments(RadixTable<ulong> table, ConcurrentDictionary<ulong, ulong> map)
    {
        var some = keys.Lookups;
        var sum = some.Aggregate((ulong)some.Length, (all, key) => all + Loops.ValueOf(key));
        Time(Aims.Increment, [Aims.Map], some.Length, sum,
            [(at, n) => SurfaceLoops.Increment(table, some.AsSpan(at, n)), (at, n) => SurfaceLoops.Increment(map, some.AsSpan(at, n))]);
        Loops.Set(table, some, 0);
    }

    private void Snapshots(RadixTable<ulong> table)
    {
        double count = keys.Ascending.Length;
        using var stream = new MemoryStream(keys.Ascending.Length * 20 + 4096);
        var began = clock.Now();
        table.SaveTo(stream);
        pass.Alone[Aims.Save] = (clock.Now() - began) / count;
        pass.Alone[Aims.SnapshotBytes] = stream.Length / count;
        stream.Position = 0;
        using var fresh = new PageAllocator();
        began = clock.Now();
        using var loaded = RadixTable<ulong>.LoadFrom(stream, Options(fresh));
        pass.Alone[Aims.Load] = (clock.Now() - began) / count;
        Verify(Aims.Load, keys.PairSum, Loops.Scan(loaded));
    }

    // Where keys are dense, since ids are.
    private void Ids()
    {
        if (!withFlat)
        {
            return;
        }

        var count = keys.Ascending.Length;
        using var table = NewTable();
        var began = clock.Now();
        var sum = SurfaceLoops.AllocateKeys(table, count);
        pass.Alone[Aims.Ids] = (clock.Now() - began) / (double)count;
        Verify(Aims.Ids, keys.Ascending.Aggregate(0UL, (all, key) => all + key), sum);

        // One in ten goes back, from anywhere, and the lowest of them are given first.
        var back = keys.Shuffled[..(count / 10)];
        Loops.Remove(table, back);
        began = clock.Now();
        sum = SurfaceLoops.AllocateKeys(table, back.Length);
        pass.Alone[Aims.IdsInGaps] = (clock.Now() - began) / (double)back.Length;
        Verify(Aims.IdsInGaps, back.Aggregate(0UL, (all, key) => all + key), sum);
    }

    private void Time(string operation, string[] peers, int items, ulong expected, ChunkWork[] works, int chunk = TargetSeries.Chunk) =>
        TargetSeries.Time(pass, clock, operation, peers, items, expected, works, chunk);

    private static void Verify(string operation, ulong expected, ulong actual)
    {
        if (actual != expected)
        {
            throw new WrongChecksumException(operation, "the table", expected, actual);
        }
    }
}
