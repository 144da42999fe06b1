using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>Lookups of which few keys take most, in indexes that are built and churned once.</summary>
internal sealed class ZipfScenario : IScenario
{
    private const int Chunk = 16_384;

    private readonly IndexPeer[] _peers;
    private readonly InterleavedSeries _hit, _chain;
    private readonly ulong[] _keys;
    private readonly ulong _sum;
    private readonly ulong _zero = (ulong)(Environment.TickCount64 >>> 63);

    public ZipfScenario(KeySet set, IEnumerable<PeerKind> kinds, IClock clock)
    {
        Name = $"{set.Name}, Zipf";
        Entries = set.Count;
        PeerKind[] fitting = [.. kinds.Where(kind => kind.Fits(set))];
        _peers = [.. fitting.Select(kind => kind.Create(set.Count))];
        string[] names = [.. fitting.Select(kind => kind.Name)];
        _hit = new InterleavedSeries("lookup", names, clock);
        _chain = new InterleavedSeries("dependent lookup", names, clock);
        var drawn = Zipf.Draw(set.Count, set.Count);
        _keys = Array.ConvertAll(drawn, rank => set.Shuffled[rank]);
        _sum = drawn.Aggregate(0UL, (sum, rank) => sum + set.ShuffledValues[rank]);
        foreach (var peer in _peers)
        {
            peer.Insert(set.Shuffled, set.ShuffledValues);
            peer.Remove(set.Shuffled.AsSpan(0, set.Count * 3 / 10));
            peer.Insert(set.Shuffled, set.ShuffledValues);
        }
    }

    public string Name { get; }

    public int Entries { get; }

    public IReadOnlyList<InterleavedSeries> Series => [_hit, _chain];

    public void RunPass()
    {
        _hit.RunPass(_keys.Length, Chunk, _sum, [.. _peers.Select(peer => (ChunkWork)((at, n) => peer.Lookup(_keys.AsSpan(at, n))))]);
        _chain.RunPass(_keys.Length, Chunk, _sum, [.. _peers.Select(peer => (ChunkWork)((at, n) => peer.LookupChain(_keys.AsSpan(at, n), _zero)))]);
    }

    public void Dispose() => Array.ForEach(_peers, peer => peer.Dispose());
}
