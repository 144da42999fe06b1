using Alloc.Bench.Workloads;

namespace Alloc.Bench.Peers;

/// <summary>
/// The flat array over mapped memory, for keys that lie close enough together: what the hardware's page table makes of them, and the physical
/// limit of any table. It checks bounds, counts nothing, has no threads to mind; a value of zero is an absent one.
/// </summary>
internal sealed class FlatArrayKind : PeerKind
{
    public const string PeerName = "flat array";
    private const ulong MostKeys = 1UL << 31;

    public override string Name => PeerName;

    public override bool IsThreadSafe => false;

    public override string? Missing => OperatingSystem.IsLinux() ? null : "it needs Linux's mmap";

    public override bool Fits(KeySet set) => set.Count > 0 && set.Sorted[^1] < Math.Min(MostKeys, 64 * (ulong)set.Count) && !set.SortedValues.Contains(0UL);

    public override bool Holds<TValue>() => typeof(TValue) == typeof(ulong);

    public override IndexPeer Create<TValue>(int expected) =>
        Holds<TValue>() ? new Peer<FlatArrayIndex, ulong>(Name, new FlatArrayIndex(new FlatArray(checked(expected * 64L)))) : throw new NotSupportedException(Name);
}

internal readonly unsafe struct FlatArrayIndex(FlatArray array) : IIndex<ulong>
{
    private readonly ulong* _values = array.Values;
    private readonly ulong _length = array.Length;

    public long Count => (long)array.Count;

    public long? NativeBytes => null;

    public bool TryAdd(ulong key, ulong value)
    {
        var isNew = _values[key] == 0;
        Set(key, value);
        return isNew;
    }

    public void Set(ulong key, ulong value)
    {
        _values[key] = value;
        if (key >= array.End)
        {
            array.End = key + 1;
        }
    }

    public bool TryGet(ulong key, out ulong value)
    {
        value = key < _length ? _values[key] : 0;
        return value != 0;
    }

    public bool TryRemove(ulong key)
    {
        var found = _values[key] != 0;
        _values[key] = 0;
        return found;
    }

    public bool TryRemoveRange(ulong first, ulong last, out ulong removed)
    {
        removed = 0;
        for (var key = first; key <= last && key < array.End; key++)
        {
            removed += _values[key] != 0 ? 1UL : 0;
            _values[key] = 0;
        }

        return true;
    }

    public ulong ScanInOrder()
    {
        var sum = 0UL;
        for (ulong key = 0; key < array.End; key++)
        {
            if (_values[key] is var value and not 0)
            {
                sum = KeySet.ScanStep(sum, key, value);
            }
        }

        return sum;
    }

    public IEnumerable<ulong> Keys() => throw new NotSupportedException();

    public void EnterThread()
    {
    }

    public void LeaveThread()
    {
    }

    public void Trim()
    {
    }

    public void Dispose() => array.Dispose();
}
