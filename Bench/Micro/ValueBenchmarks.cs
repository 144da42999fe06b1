using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>Values that fit a word, and values that do not: those of the table lie in native cells.</summary>
[BenchmarkCategory("PageTable", "Values")]
public class ValueBenchmarks
{
    private const int Entries = 50_000;
    private KeySet _keys = null!;
    private IndexPeer _full = null!;

    /// <summary>Bytes of a value.</summary>
    [Params(8, 16, 32)]
    public int ValueSize { get; set; }

    /// <summary>Which index.</summary>
    [Params(RadixTableKind.PeerName, ConcurrentDictionaryKind.PeerName)]
    public string Index { get; set; } = "";

    /// <summary>The keys, and an index that holds them.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _keys = KeySets.Dense(Entries);
        _full = ValueSize switch
        {
            8 => Scenarios.Filled<ulong>(Index, _keys),
            16 => Scenarios.Filled<Wide16>(Index, _keys),
            _ => Scenarios.Filled<Wide32>(Index, _keys),
        };
    }

    /// <summary>The index goes.</summary>
    [GlobalCleanup]
    public void Cleanup() => _full.Dispose();

    /// <summary>Lookups that hit.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public ulong Lookup() => _full.Lookup(_keys.Shuffled);

    /// <summary>Every value replaced.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public ulong Overwrite() => _full.Set(_keys.Shuffled, _keys.ShuffledValues);
}
