using System.Collections.Concurrent;

namespace Alloc.Bench.Peers;

/// <summary><see cref="ConcurrentDictionary{TKey, TValue}"/>: grown from its defaults, as most programs have it, or presized.</summary>
internal sealed class ConcurrentDictionaryKind(bool presized) : PeerKind
{
    public const string PeerName = "ConcurrentDictionary";
    public const string PresizedName = "ConcurrentDictionary, presized";

    public override string Name => presized ? PresizedName : PeerName;

    public override IndexPeer Create<TValue>(int expected) => new Peer<ConcurrentDictionaryIndex<TValue>, TValue>(
        Name, new ConcurrentDictionaryIndex<TValue>(presized ? new(Environment.ProcessorCount, expected) : new()));
}

internal readonly struct ConcurrentDictionaryIndex<TValue>(ConcurrentDictionary<ulong, TValue> map) : IIndex<TValue>
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
