using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Peers;

/// <summary>The same table by threads that are registered: each lookup in a section of its own, entered through the thread's reader.</summary>
internal sealed class RadixTableReaderKind : PeerKind
{
    public const string PeerName = "RadixTable, through a reader";

    public override string Name => PeerName;

    public override IndexPeer Create<TValue>(int expected) =>
        new Peer<RadixTableReaderIndex<TValue>, TValue>(Name, new RadixTableReaderIndex<TValue>(new RadixTableIndex<TValue>(new RadixTableStore<TValue>())));
}

internal struct RadixTableReaderIndex<TValue>(RadixTableIndex<TValue> plain) : IIndex<TValue>
    where TValue : unmanaged
{
    private readonly RadixTable<TValue> _table = plain.Store.Table;
    private RcuReader _reader = plain.Store.Domain.Register();

    public readonly long Count => plain.Count;

    public readonly long? NativeBytes => plain.NativeBytes;

    public readonly bool TryAdd(ulong key, TValue value) => _table.TryAdd(key, value);

    public readonly void Set(ulong key, TValue value) => _table[key] = value;

    public readonly bool TryGet(ulong key, out TValue value)
    {
        var section = _reader.Enter();
        var found = _table.TryGetValue(in section, key, out value);
        section.Dispose();
        return found;
    }

    public readonly bool TryRemove(ulong key) => _table.TryRemove(key, out _);

    public readonly bool TryRemoveRange(ulong first, ulong last, out ulong removed) => plain.TryRemoveRange(first, last, out removed);

    public readonly ulong ScanInOrder() => plain.ScanInOrder();

    public readonly IEnumerable<ulong> Keys() => plain.Keys();

    public void EnterThread() => _reader = plain.Store.Domain.Register();

    public readonly void LeaveThread() => _reader.Dispose();

    public readonly void Trim() => plain.Trim();

    public readonly void Dispose()
    {
        _reader.Dispose();
        plain.Dispose();
    }
}
