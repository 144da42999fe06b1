namespace Alloc.Bench.Peers;

/// <summary>A plain dictionary behind a lock for readers and writers: what many programs have.</summary>
internal sealed class LockedDictionaryKind : PeerKind
{
    public const string PeerName = "Dictionary + ReaderWriterLockSlim";

    public override string Name => PeerName;

    public override IndexPeer Create<TValue>(int expected) =>
        new Peer<LockedDictionaryIndex<TValue>, TValue>(Name, new LockedDictionaryIndex<TValue>([], new ReaderWriterLockSlim()));
}

internal readonly struct LockedDictionaryIndex<TValue>(Dictionary<ulong, TValue> map, ReaderWriterLockSlim gate) : IIndex<TValue>
    where TValue : unmanaged
{
    public long Count => map.Count;

    public long? NativeBytes => 0;

    public bool TryAdd(ulong key, TValue value)
    {
        gate.EnterWriteLock();
        var added = map.TryAdd(key, value);
        gate.ExitWriteLock();
        return added;
    }

    public void Set(ulong key, TValue value)
    {
        gate.EnterWriteLock();
        map[key] = value;
        gate.ExitWriteLock();
    }

    public bool TryGet(ulong key, out TValue value)
    {
        gate.EnterReadLock();
        var found = map.TryGetValue(key, out value);
        gate.ExitReadLock();
        return found;
    }

    public bool TryRemove(ulong key)
    {
        gate.EnterWriteLock();
        var removed = map.Remove(key);
        gate.ExitWriteLock();
        return removed;
    }

    public bool TryRemoveRange(ulong first, ulong last, out ulong removed)
    {
        removed = 0;
        return false;
    }

    public ulong ScanInOrder()
    {
        gate.EnterReadLock();
        KeyValuePair<ulong, TValue>[] pairs = [.. map];
        gate.ExitReadLock();
        return Folds.Sorted(pairs);
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
        gate.EnterWriteLock();
        map.TrimExcess();
        gate.ExitWriteLock();
    }

    public void Dispose()
    {
        map.Clear();
        gate.Dispose();
    }
}
