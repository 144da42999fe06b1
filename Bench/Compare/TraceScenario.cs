using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>Recorded operations, replayed from an empty index in every pass. A tree of the base library, untimed, says what they must add up to.</summary>
internal sealed class TraceScenario : IScenario
{
    private const int Chunk = 4096;

    private readonly Operation[] _operations;
    private readonly PeerKind[] _kinds;
    private readonly InterleavedSeries _series;
    private readonly ulong _expected;
    private readonly int _keys;

    public TraceScenario(string name, Operation[] operations, IEnumerable<PeerKind> kinds, IClock clock)
    {
        Name = $"trace {name}";
        _operations = operations;
        var sets = operations.Where(one => one.Kind == OperationKind.Set).GroupBy(one => one.Key).OrderBy(one => one.Key).ToArray();
        _keys = sets.Length;

        // An index that cannot hold a value of zero is left out if there is one.
        var all = KeySet.FromSorted(name, [.. sets.Select(one => one.Key)], [.. sets.Select(one => one.Any(set => set.Value == 0) ? 0UL : 1)]);
        var reach = KeySet.FromSorted(name, [.. operations.Select(one => one.Key).Distinct().Order()], new ulong[operations.Select(one => one.Key).Distinct().Count()]);
        bool Reaches(PeerKind kind) => kind is not FlatArrayKind || (all.Count > 0 && all.Sorted[^1] >= reach.Sorted[^1]);
        _kinds = [.. kinds.Where(kind => PeerCatalog.IsIndex(kind) && kind.Fits(all) && Reaches(kind))];
        _series = new InterleavedSeries("replay", [.. _kinds.Select(kind => kind.Name)], clock);
        using var model = new SortedDictionaryKind().Create(_keys);
        _expected = model.Run(operations);
    }

    public string Name { get; }

    public int Entries => _keys;

    public IReadOnlyList<InterleavedSeries> Series => [_series];

    public void RunPass()
    {
        GC.Collect();
        IndexPeer[] peers = [.. _kinds.Select(kind => kind.Create(_keys))];
        try
        {
            _series.RunPass(_operations.Length, Chunk, _expected, [.. peers.Select(peer => (ChunkWork)((at, n) => peer.Run(_operations.AsSpan(at, n))))]);
        }
        finally
        {
            Array.ForEach(peers, peer => peer.Dispose());
        }
    }

    public void Dispose()
    {
    }
}
