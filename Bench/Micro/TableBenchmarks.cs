using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>Alloc.PageTable on top of both: the operations of an index, each contender on the same keys in the same order.</summary>
public class TableBenchmarks
{
    private const int Entries = 100_000;
    private KeySet _keys = null!;
    private IndexPeer _full = null!;

    /// <summary>Which keys; see the workloads.</summary>
    [Params("dense", "clustered")]
    public string Keys { get; set; } = "";

    /// <summary>Which index.</summary>
    [ParamsSource(nameof(Contenders))]
    public string Index { get; set; } = "";

    /// <summary>Names of the contenders.</summary>
    public static IEnumerable<string> Contenders => PeerCatalog.Main.Select(kind => kind.Name);

    /// <summary>The keys, and an index that holds them.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _keys = Keys == "dense" ? KeySets.Dense(Entries) : KeySets.Clustered(Entries);
        _full = PeerCatalog.Named(Index).Create(Entries);
        _full.Insert(_keys.Shuffled, _keys.ShuffledValues);
    }

    /// <summary>The index goes.</summary>
    [GlobalCleanup]
    public void Cleanup() => _full.Dispose();

    /// <summary>Lookups that hit, in shuffled order, independent of each other.</summary>
    [Benchmark(OperationsPerInvoke = Entries), BenchmarkCategory("PageTable", "Lookup")]
    public ulong Lookup() => _full.Lookup(_keys.Shuffled);

    /// <summary>Lookups of which each needs the one ahead of it.</summary>
    [Benchmark(OperationsPerInvoke = Entries), BenchmarkCategory("PageTable", "Lookup")]
    public ulong DependentLookup() => _full.LookupChain(_keys.Shuffled, (ulong)(Environment.TickCount64 >>> 63));

    /// <summary>All pairs in ascending order.</summary>
    [Benchmark(OperationsPerInvoke = Entries), BenchmarkCategory("PageTable", "Scan")]
    public ulong OrderedScan() => _full.ScanInOrder();

    /// <summary>A new index filled and emptied, one key at a time: an insert and a removal an operation.</summary>
    [Benchmark(OperationsPerInvoke = Entries), BenchmarkCategory("PageTable", "Insert")]
    public ulong InsertAndRemove()
    {
        using var index = PeerCatalog.Named(Index).Create(Entries);
        return index.Insert(_keys.Shuffled, _keys.ShuffledValues) + index.Remove(_keys.Shuffled);
    }
}
