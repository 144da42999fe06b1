using Alloc.Bench.Workloads;

namespace Alloc.Bench.Peers;

/// <summary>
/// <see cref="SortedDictionary{TKey, TValue}"/>: a red-black tree, ordered and not thread-safe; here without any lock, which
/// favours it.
/// </summary>
internal sealed class SortedDictionaryKind : PeerKind
{
    public const string PeerName = "SortedDictionary";

    public override string Name => PeerName;

    public override bool IsThreadSafe => false;

    public override IndexPeer Create<TValue>(int expected) =>
        new Peer<SortedDictionaryIndex<TValue>, TValue>(Name, new SortedDictionaryIndex<TValue>([]));
}

internal readonly struct SortedDictionaryIndex<TValue>(SortedDictionary<ulong, TValue> map) : IIndex<TValue>
    where TValue : unmanaged
{
    public long Count => map.Count;

    public long? NativeBytes => 0;

    public bool TryAdd(ulong key, TValue value) => map.TryAdd(key, value);

    public void Set(ulong key, TValue value) => map[key] = value;

    public bool TryGet(ulong key, out TValue value) => map.TryGetValue(key, out value);

    public bool TryRemove(ulong key) => map.Remove(key);

    public bool TryRemoveRange(ulong first, ulong last, out ulong removed)
    {
        removed = 0;
        return false;
    }

    public ulong ScanInOrder()
    {
        var sum = 0UL;
        foreach (var (key, value) in map)
        {
            sum = KeySet.ScanStep(sum, key, Payload.Word(value));
        }

        return sum;
    }

    public IEnumerable<ulong> Keys() => map.Keys;

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
