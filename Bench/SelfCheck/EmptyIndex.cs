using Alloc.Bench.Peers;

namespace Alloc.Bench.SelfCheck;

/// <summary>An index that does nothing: every key is there, and is its own value. What it takes is what the harness takes.</summary>
internal readonly struct EmptyIndex : IIndex<ulong>
{
    public long Count => 0;

    public long? NativeBytes => null;

    public static IndexPeer NewPeer() => new Peer<EmptyIndex, ulong>("nothing", default);

    public bool TryAdd(ulong key, ulong value) => true;

    public void Set(ulong key, ulong value)
    {
    }

    public bool TryGet(ulong key, out ulong value)
    {
        value = key;
        return true;
    }

    public bool TryRemove(ulong key) => true;

    public bool TryRemoveRange(ulong first, ulong last, out ulong removed)
    {
        removed = 0;
        return true;
    }

    public ulong ScanInOrder() => 0;

    public IEnumerable<ulong> Keys() => [];

    public void EnterThread()
    {
    }

    public void LeaveThread()
    {
    }

    public void Trim()
    {
    }

    public void Dispose()
    {
    }
}
