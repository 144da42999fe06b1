using System.Collections.Concurrent;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Targets;

/// <summary>
/// The figures by which the table is judged: dense keys, one default configuration, a presized ConcurrentDictionary and the flat array in
/// turns with it. Every pass builds all of them anew, removes and puts back 30 % first, and looks up in shuffled order.
/// </summary>
internal sealed class TargetsJob(int entries, int passes, IClock clock, IProgressSink progress, CancellationToken stop)
{
    public const string Table = "RadixTable";
    public const string Map = "ConcurrentDictionary";
    public const string SortedMap = "ConcurrentDictionary, sorted";
    public const string Flat = "flat array";
    public const string HalfInCells = "RadixTable, half in cells";
    public const string Ascending = "removing ascending";
    public const string Ranged = "RemoveRange";
    private const int Chunk = 65_536;
    private const int Window = 1024;

    private readonly InterleavedSeries _insert = new("insert, ascending", [Table, Map], clock);

    // Each kind of section is a series of its own: contenders that read the same table would warm the caches for each other.
    private readonly InterleavedSeries _hitThroughReader = new("hit, a section a lookup through a reader", [Table, Map, Flat], clock);
    private readonly InterleavedSeries _hitInOneSection = new("hit, one section", [Table, Map, Flat], clock);
    private readonly InterleavedSeries _hitPlain = new("hit, plain call", [Table, Map, Flat], clock);
    private readonly InterleavedSeries _chain = new("dependent hit", [Table, Map, Flat], clock);
    private readonly InterleavedSeries _missInside = new("miss, absent slot of a populated table", [Table, Map], clock);
    private readonly InterleavedSeries _missOutside = new("miss, outside", [Table, Map], clock);
    private readonly InterleavedSeries _overwrite = new("overwrite", [Table, Map], clock);
    private readonly InterleavedSeries _remove = new("remove", [Table, Map], clock);
    private readonly InterleavedSeries _scan = new("ordered scan", [Table, Map, SortedMap], clock);
    private readonly InterleavedSeries _range = new("range removal", [Ranged, Ascending], clock);
    private readonly InterleavedSeries _cells = new("hit, every second value in a cell", [HalfInCells, Table], clock);
    private long _worstWindow;
    private double _cellBytes;

    private InterleavedSeries[] All =>
        [_insert, _hitThroughReader, _hitInOneSection, _hitPlain, _chain, _missInside, _missOutside, _cells, _overwrite, _remove, _scan, _range];

    public TargetsFigures Run()
    {
        progress.Begin("Targets: warming up");
        for (var round = 0; round < 4; round++)
        {
            Warm();
            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
        }

        progress.Begin($"Targets: {Format.Number(entries)} dense keys");
        for (var pass = 0; pass < passes || (pass < 2 * passes && All.Min(series => series.FairPasses) < passes); pass++)
        {
            stop.ThrowIfCancellationRequested();
            Pass(pass);
            progress.Report((pass + 1.0) / (2 * passes));
        }

        progress.Begin("Targets: collections");
        var (gcTable, gcMap) = Collections();
        progress.Begin("Targets: two threads");
        var scaling = new ScalingRuns(entries, stop).Run(progress);
        return new TargetsFigures(entries, [.. All.Select(series => series.Summarize())], _worstWindow, _cellBytes, gcTable, gcMap, scaling);
    }

    private void Warm()
    {
        const int some = 6000;
        var job = new TargetsJob(some, 8, clock, new SilentProgress(), stop);
        for (var pass = 0; pass < 8; pass++)
        {
            job.Pass(pass);
        }
    }

    private void Pass(int pass)
    {
        var ascending = new ulong[entries];
        for (var i = 0; i < entries; i++)
        {
            ascending[i] = (ulong)i;
        }

        var shuffled = (ulong[])ascending.Clone();
        new SplitMix64((ulong)pass + 1).Shuffle(shuffled);
        var outside = Array.ConvertAll(shuffled, key => key + (1UL << 40));
        var absent = shuffled.AsSpan(0, entries * 3 / 10).ToArray();
        ulong zero = (ulong)(Environment.TickCount64 >>> 63), values = 0, pairs = 0;
        foreach (var key in ascending)
        {
            values += Loops.ValueOf(key);
            pairs += key ^ Loops.ValueOf(key);
        }

        using var allocator = new PageAllocator();
        using var domain = new RcuDomain();
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = allocator, Domain = domain });
        using var reader = domain.Register();
        using var flat = new FlatArray(entries);
        GC.Collect();
        var map = new ConcurrentDictionary<ulong, ulong>(Environment.ProcessorCount, entries);

        _insert.RunPass(entries, Chunk, (ulong)entries,
            [(at, n) => InsertInWindows(table, ascending.AsSpan(at, n)), (at, n) => Loops.Set(map, ascending.AsSpan(at, n), 0)]);
        unsafe
        {
            foreach (var key in ascending)
            {
                flat.Values[key] = Loops.ValueOf(key);
            }
        }

        // Churn: 30 % go and come back; the misses are looked up while they are away.
        Loops.Remove(table, absent);
        Loops.Remove(map, absent);
        _missInside.RunPass(absent.Length, Chunk, 0,
            [(at, n) => Loops.HitThroughReader(table, reader, absent.AsSpan(at, n)), (at, n) => Loops.Hit(map, absent.AsSpan(at, n))]);
        Loops.Set(table, absent, 0);
        Loops.Set(map, absent, 0);
        new SplitMix64((ulong)pass + 77).Shuffle(shuffled);

        _missOutside.RunPass(entries, Chunk, 0,
            [(at, n) => Loops.HitThroughReader(table, reader, outside.AsSpan(at, n)), (at, n) => Loops.Hit(map, outside.AsSpan(at, n))]);
        void Hits(InterleavedSeries series, ChunkWork lookup) => series.RunPass(entries, Chunk, values,
            [lookup, (at, n) => Loops.Hit(map, shuffled.AsSpan(at, n)), (at, n) => Loops.Hit(flat, shuffled.AsSpan(at, n))]);
        Hits(_hitThroughReader, (at, n) => Loops.HitThroughReader(table, reader, shuffled.AsSpan(at, n)));
        Hits(_hitInOneSection, (at, n) => Loops.HitInOneSection(table, reader, shuffled.AsSpan(at, n)));
        Hits(_hitPlain, (at, n) => Loops.HitPlain(table, shuffled.AsSpan(at, n)));
        _chain.RunPass(entries, Chunk, values,
        [
            (at, n) => Loops.Chain(table, reader, shuffled.AsSpan(at, n), zero),
            (at, n) => Loops.Chain(map, shuffled.AsSpan(at, n), zero),
            (at, n) => Loops.Chain(flat, shuffled.AsSpan(at, n), zero),
        ]);
        _scan.RunPass(entries, entries, pairs, [(_, _) => Loops.Scan(table), (_, _) => Loops.Scan(map), (_, _) => Loops.ScanSorted(map)]);
        _overwrite.RunPass(entries, Chunk, (ulong)entries,
            [(at, n) => Loops.Set(table, shuffled.AsSpan(at, n), 1), (at, n) => Loops.Set(map, shuffled.AsSpan(at, n), 1)]);
        _remove.RunPass(entries, Chunk, (ulong)entries,
            [(at, n) => Loops.Remove(table, shuffled.AsSpan(at, n)), (at, n) => Loops.Remove(map, shuffled.AsSpan(at, n))]);

        HitWithCells(table, reader, allocator, domain, shuffled);

        // All but the ends, so that the tables at the ends are not unlinked whole.
        using var ranged = new RadixTable<ulong>(new RadixTableOptions { Allocator = allocator, Domain = domain });
        Loops.Set(ranged, ascending, 0);
        Loops.Set(table, ascending, 0);
        var inner = entries - 2;
        _range.RunPass(inner, inner, (ulong)inner,
        [
            (_, n) => (ulong)ranged.RemoveRange(1, (ulong)n),
            (_, n) => Loops.Remove(table, ascending.AsSpan(1, n)),
        ]);
    }

    // Of a quarter of the keys. Bit 62 does not fit a word, bit 61 does; with a multiple of 8 odd keys both sums are the same.
    private void HitWithCells(RadixTable<ulong> table, RcuReader reader, PageAllocator allocator, RcuDomain domain, ulong[] shuffled)
    {
        var some = entries / 64 * 16;
        var keys = Array.FindAll(shuffled, key => key < (ulong)some);
        using var half = new RadixTable<ulong>(new RadixTableOptions { Allocator = allocator, Domain = domain });
        var sum = 0UL;
        foreach (var key in keys)
        {
            half[key] = Loops.ValueOf(key) | ((key & 1) << 62);
            table[key] = Loops.ValueOf(key) | ((key & 1) << 61);
            sum += table[key];
        }

        _cellBytes = half.GetStatistics().TableBytes / (double)some;
        _cells.RunPass(some, Chunk, sum,
        [
            (at, n) => Loops.HitThroughReader(half, reader, keys.AsSpan(at, n)),
            (at, n) => Loops.HitThroughReader(table, reader, keys.AsSpan(at, n)),
        ]);
    }

    // The longest of all windows of 1,024 inserts, in the thread's own processor time: a preempted one would say something about the machine.
    private ulong InsertInWindows(RadixTable<ulong> table, ReadOnlySpan<ulong> keys)
    {
        for (var at = 0; at < keys.Length; at += Window)
        {
            var window = keys.Slice(at, Math.Min(Window, keys.Length - at));
            var began = CpuTime.OfThread();
            Loops.Set(table, window, 0);
            _worstWindow = Math.Max(_worstWindow, CpuTime.OfThread() - began);
        }

        return (ulong)keys.Length;
    }

    private (double Table, double Map) Collections()
    {
        double Median(Action collect) => Quantiles.Median([.. Enumerable.Range(0, 5).Select(_ =>
        {
            var began = clock.Now();
            collect();
            return (double)(clock.Now() - began);
        })]);
        void Collect() => GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        using var table = new RadixTable<ulong>();
        for (ulong key = 0; key < (ulong)entries; key++)
        {
            table[key] = key;
        }

        Collect();
        var withTable = Median(Collect);
        var map = new ConcurrentDictionary<ulong, ulong>(Environment.ProcessorCount, entries);
        for (ulong key = 0; key < (ulong)entries; key++)
        {
            map[key] = key;
        }

        Collect();
        var withMap = Median(Collect);
        GC.KeepAlive(map);
        return (withTable, withMap);
    }
}

/// <summary>What the run found.</summary>
/// <param name="WorstWindow">Nanoseconds of processor time of the worst 1,024 inserts in a row.</param>
/// <param name="CollectionWithTable">Nanoseconds of a full blocking collection while the table is alive.</param>
/// <param name="CollectionWithMap">The same with the hash map alive as well.</param>
/// <param name="CellBytes">Bytes an entry where every second value lies in a cell.</param>
internal sealed record TargetsFigures(
    int Entries, SeriesResult[] Series, long WorstWindow, double CellBytes, double CollectionWithTable, double CollectionWithMap, ScalingFigures Scaling);
