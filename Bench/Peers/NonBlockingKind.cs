using NonBlocking;

namespace Alloc.Bench.Peers;

/// <summary>The lock-free hash table of the package NonBlocking, grown from its defaults.</summary>
internal sealed class NonBlockingKind : PeerKind
{
    public const string PeerName = "NonBlocking";

    public override string Name => PeerName;

    public override IndexPeer Create<TValue>(int expected) =>
        new Peer<NonBlockingIndex<TValue>, TValue>(Name, new NonBlockingIndex<TValue>(new ConcurrentDictionary<ulong, TValue>()));
}

internal readonly struct NonBlockingIndex<TValue>(ConcurrentDictionary<ulong, TValue> map) : IIndex<TValue>
    where TValue : unmanaged
{
    public long Count => map.Count;

    public long? NativeBytes => 0;

    public bool TryAdd(ulong key, TValue value) => map.TryAdd(key, value);

    public void Set(ulong key, TValue value) => map[key] = value;

    public bool TryGet(ulong key, out TValue value) => map.TryGetValue(key, out value);

    public bool TryRemove(ulong key) => map.TryRemove(key, out _);

    public bool TryRemoveRange(ulong first, ulong last, out ulong removed)
    {
        removed = 0;
        return false;
    }

    public ulong ScanInOrder() => Folds.Sorted(map.ToArray());

    public IEnumerable<ulong> Keys() => map.Select(pair => pair.Key);

    public void EnterThread()
    {
    }

    public void LeaveThread()
    {
    }

    public void Trim()
    {
    }

    public void Dispose() => map.Clear();
}
