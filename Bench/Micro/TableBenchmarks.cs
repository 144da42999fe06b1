using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>
/// Alloc.PageTable on top of both: the operations of an index, each contender on the same keys in the same order. An invocation goes through all
/// keys; divide by N.
/// </summary>
public class TableBenchmarks
{
    private KeySet _keys = null!;
    private IndexPeer _full = null!;
    private ulong[] _absent = [];
    private ulong _zero;

    /// <summary>How many keys.</summary>
    [Params(Scenarios.Small, Scenarios.Large)]
    public int N { get; set; }

    /// <summary>Which keys; see the workloads.</summary>
    [ParamsSource(nameof(Patterns))]
    public string Keys { get; set; } = "";

    /// <summary>Which index.</summary>
    [ParamsSource(nameof(Contenders))]
    public string Index { get; set; } = "";

    /// <summary>Key patterns.</summary>
    public static IEnumerable<string> Patterns => Scenarios.Patterns;

    /// <summary>Names of the contenders.</summary>
    public static IEnumerable<string> Contenders => Scenarios.Contenders;

    /// <summary>The keys, and an index that holds them.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _keys = KeySets.Create(Keys, N);
        _full = Scenarios.Filled<ulong>(Index, _keys);
        _absent = AbsentKeys.InEmptySpans(_keys, N);
        _zero = (ulong)(Environment.TickCount64 >>> 63);
    }

    /// <summary>The index goes.</summary>
    [GlobalCleanup]
    public void Cleanup() => _full.Dispose();

    /// <summary>Lookups that hit, in shuffled order, independent of each other.</summary>
    [Benchmark, BenchmarkCategory("PageTable", "Lookup")]
    public ulong Lookup() => _full.Lookup(_keys.Shuffled);

    /// <summary>Lookups of which each needs the one ahead of it.</summary>
    [Benchmark, BenchmarkCategory("PageTable", "Lookup")]
    public ulong DependentLookup() => _full.LookupChain(_keys.Shuffled, _zero);

    /// <summary>Lookups of keys far from all that are there.</summary>
    [Benchmark, BenchmarkCategory("PageTable", "Miss")]
    public ulong Miss() => _full.Lookup(_absent);

    /// <summary>All pairs in ascending order.</summary>
    [Benchmark, BenchmarkCategory("PageTable", "Scan")]
    public ulong OrderedScan() => _full.ScanInOrder();

    /// <summary>A new index filled and emptied, one key at a time.</summary>
    [Benchmark, BenchmarkCategory("PageTable", "Insert")]
    public ulong InsertAndRemove()
    {
        using var index = PeerCatalog.Named(Index).Create(N);
        return index.Insert(_keys.Shuffled, _keys.ShuffledValues) + index.Remove(_keys.Shuffled);
    }
}
