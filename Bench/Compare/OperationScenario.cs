using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>
/// Every operation of an index on one set of keys. A pass builds all indexes from nothing in shuffled order, churns them (three tenths are removed
/// and put back), overwrites, looks up, scans, and empties them again.
/// </summary>
internal sealed class OperationScenario<TValue> : IScenario
    where TValue : unmanaged
{
    private const int MostMisses = 100_000;

    private readonly KeySet _set;
    private readonly PeerKind[] _everyone, _indexes;
    private readonly InterleavedSeries _insert, _overwrite, _hit, _chain, _nearMiss, _farMiss, _scan, _remove, _removeRange;
    private readonly ulong _values, _order;
    private readonly ulong[] _near, _far;
    private readonly ulong _zero = (ulong)(Environment.TickCount64 >>> 63); // never anything else, but the compiler cannot know
    private readonly int _chunk;

    public OperationScenario(KeySet set, IEnumerable<PeerKind> kinds, IClock clock, string? name = null)
    {
        _set = set;
        _everyone = [.. kinds.Where(kind => kind.Fits(set) && kind.Holds<TValue>())];
        _indexes = [.. _everyone.Where(PeerCatalog.IsIndex)];
        Name = name ?? set.Name;

        // Chunks long enough that a contender fills its caches again after the others had them, and enough of them to share the machine's moods.
        _chunk = Math.Clamp(set.Count / 16, 4096, 65_536);
        InterleavedSeries New(string operation, PeerKind[] contenders) => new(operation, [.. contenders.Select(kind => kind.Name)], clock);
        _insert = New("insert", _indexes);
        _overwrite = New("overwrite", _indexes);
        _hit = New("lookup", _everyone);
        _chain = New("dependent lookup", _everyone);
        _nearMiss = New("miss near a key", _everyone);
        _farMiss = New("miss far from all", _everyone);
        _scan = New("ordered scan", _indexes);
        _remove = New("removal", _indexes);
        _removeRange = New("range removal", _indexes);
        (_values, _order) = (set.ValueSum(), set.ScanSum());
        _near = AbsentKeys.InPopulatedSpans(set, Math.Min(set.Count, MostMisses));
        _far = AbsentKeys.InEmptySpans(set, Math.Min(set.Count, MostMisses));

        // Full spans have no absent key.
        Series = [_insert, _overwrite, _hit, _chain, .. _near.Length >= 4096 ? (InterleavedSeries[])[_nearMiss] : [], _farMiss, _scan, _remove, _removeRange];
    }

    public string Name { get; }

    public int Entries => _set.Count;

    public IReadOnlyList<InterleavedSeries> Series { get; }

    public void RunPass()
    {
        GC.Collect();
        var peers = _everyone.ToDictionary(kind => kind, kind => kind.Create<TValue>(_set.Count));
        try
        {
            RunPass(peers);
        }
        finally
        {
            foreach (var peer in peers.Values)
            {
                peer.Dispose();
            }
        }
    }

    public void Dispose()
    {
    }

    private void RunPass(Dictionary<PeerKind, IndexPeer> peers)
    {
        ChunkWork[] Works(PeerKind[] kinds, Func<IndexPeer, ChunkWork> work) => [.. kinds.Select(kind => work(peers[kind]))];
        ReadOnlySpan<ulong> Keys(int start, int count) => _set.Shuffled.AsSpan(start, count);
        ReadOnlySpan<ulong> Values(int start, int count) => _set.ShuffledValues.AsSpan(start, count);

        _insert.RunPass(_set.Count, _chunk, (ulong)_set.Count, Works(_indexes, peer => (at, n) => peer.Insert(Keys(at, n), Values(at, n))));
        foreach (var other in _everyone.Except(_indexes))
        {
            peers[other].Insert(_set.Shuffled, _set.ShuffledValues);
        }

        foreach (var peer in peers.Values)
        {
            Churn(peer);
        }

        _overwrite.RunPass(_set.Count, _chunk, (ulong)_set.Count, Works(_indexes, peer => (at, n) => peer.Set(Keys(at, n), Values(at, n))));
        _hit.RunPass(_set.Count, _chunk, _values, Works(_everyone, peer => (at, n) => peer.Lookup(Keys(at, n))));
        _chain.RunPass(_set.Count, _chunk, _values, Works(_everyone, peer => (at, n) => peer.LookupChain(Keys(at, n), _zero)));
        if (Series.Contains(_nearMiss))
        {
            _nearMiss.RunPass(_near.Length, _chunk, 0, Works(_everyone, peer => (at, n) => peer.Lookup(_near.AsSpan(at, n))));
        }

        _farMiss.RunPass(_far.Length, _chunk, 0, Works(_everyone, peer => (at, n) => peer.Lookup(_far.AsSpan(at, n))));
        _scan.RunPass(_set.Count, _set.Count, _order, Works(_indexes, peer => (_, _) => peer.ScanInOrder()));

        // The second half by keys, in shuffled order; then what is left by one range over everything.
        var half = _set.Count / 2;
        _remove.RunPass(half, _chunk, (ulong)half, Works(_indexes, peer => (at, n) => peer.Remove(Keys(at, n))));
        var left = _set.Count - half;
        _removeRange.RunPass(left, left, (ulong)left, Works(_indexes, peer => (_, _) => peer.RemoveRange(0, ulong.MaxValue)));
    }

    private void Churn(IndexPeer peer)
    {
        var some = _set.Count * 3 / 10;
        var keys = _set.Shuffled.AsSpan(0, some);
        var values = _set.ShuffledValues.AsSpan(0, some);
        var removed = peer.Remove(keys);
        var added = peer.Insert(keys, values);
        if (removed != (ulong)some || added != (ulong)some)
        {
            throw new WrongChecksumException("churn", peer.Name, (ulong)some, Math.Min(removed, added));
        }
    }
}
