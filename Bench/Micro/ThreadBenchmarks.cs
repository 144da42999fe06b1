using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>Several threads on one index, each with its own view of it and its own part of the keys; time of one operation of every thread.</summary>
[BenchmarkCategory("PageTable", "Threads")]
public class ThreadBenchmarks
{
    private const int PerThread = 20_000;
    private KeySet _keys = null!;
    private IndexPeer _full = null!;
    private ThreadTeam _team = null!;
    private IndexPeer[] _views = [];

    /// <summary>How many.</summary>
    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    /// <summary>Which index.</summary>
    [ParamsSource(nameof(Contenders))]
    public string Index { get; set; } = "";

    /// <summary>One, and all cores.</summary>
    public static IEnumerable<int> ThreadCounts => Scenarios.ThreadCounts;

    /// <summary>Names of the contenders.</summary>
    public static IEnumerable<string> Contenders => Scenarios.ThreadSafe;

    /// <summary>A full index, threads, and what each of them needs.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _keys = KeySets.Clustered(PerThread * Math.Max(2, Environment.ProcessorCount));
        _full = Scenarios.Filled<ulong>(Index, _keys);
        _team = new ThreadTeam(Threads);
        _views = new IndexPeer[Threads];
        _team.Run(me =>
        {
            _views[me] = _full.ForThisThread();
            return 0;
        });
    }

    /// <summary>All of it goes.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _team.Run(me =>
        {
            _views[me].Dispose();
            return 0;
        });
        _team.Dispose();
        _full.Dispose();
    }

    /// <summary>Lookups that hit.</summary>
    [Benchmark(OperationsPerInvoke = PerThread)]
    public ulong Lookup() => _team.Run(me => _views[me].Lookup(_keys.Shuffled.AsSpan(me * PerThread, PerThread)));

    /// <summary>Every key removed and put back: two operations.</summary>
    [Benchmark(OperationsPerInvoke = 2 * PerThread)]
    public ulong RemoveAndInsert() => _team.Run(me =>
    {
        var keys = _keys.Shuffled.AsSpan(me * PerThread, PerThread);
        return _views[me].Remove(keys) + _views[me].Insert(keys, _keys.ShuffledValues.AsSpan(me * PerThread, PerThread));
    });
}
