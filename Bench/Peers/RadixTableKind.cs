using Alloc.Bench.Workloads;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Peers;

/// <summary><see cref="RadixTable{TValue}"/> as a user first meets it: every call enters and leaves its own read section.</summary>
internal sealed class RadixTableKind : PeerKind
{
    public const string PeerName = "RadixTable";

    public override string Name => PeerName;

    public override IndexPeer Create<TValue>(int expected) =>
        new Peer<RadixTableIndex<TValue>, TValue>(Name, new RadixTableIndex<TValue>(new RadixTableStore<TValue>()));
}

/// <summary>A table with an allocator and a domain of its own, so that nothing is shared with other contenders.</summary>
internal sealed class RadixTableStore<TValue> : IDisposable
    where TValue : unmanaged
{
    private readonly PageAllocator _allocator = new();

    public RadixTableStore() => Table = new RadixTable<TValue>(new RadixTableOptions { Allocator = _allocator, Domain = Domain });

    public RcuDomain Domain { get; } = new();

    public RadixTable<TValue> Table { get; }

    public void Trim()
    {
        Table.Trim();
        Domain.Barrier();
        _allocator.Trim();
    }

    public void Dispose()
    {
        Table.Dispose();
        Domain.Dispose();
        _allocator.Dispose();
    }
}

internal readonly struct RadixTableIndex<TValue>(RadixTableStore<TValue> store) : IIndex<TValue>
    where TValue : unmanaged
{
    private readonly RadixTable<TValue> _table = store.Table;

    public RadixTableStore<TValue> Store => store;

    public long Count => _table.Count;

    public long? NativeBytes => _table.GetStatistics().TableBytes;

    public bool TryAdd(ulong key, TValue value) => _table.TryAdd(key, value);

    public void Set(ulong key, TValue value) => _table[key] = value;

    public bool TryGet(ulong key, out TValue value) => _table.TryGetValue(key, out value);

    public bool TryRemove(ulong key) => _table.TryRemove(key, out _);

    public bool TryRemoveRange(ulong first, ulong last, out ulong removed)
    {
        removed = (ulong)_table.RemoveRange(first, last);
        return true;
    }

    public ulong ScanInOrder()
    {
        var sum = 0UL;
        foreach (var (key, value) in _table)
        {
            sum = KeySet.ScanStep(sum, key, Payload.Word(value));
        }

        return sum;
    }

    public IEnumerable<ulong> Keys() => _table.Select(pair => pair.Key);

    public void EnterThread()
    {
    }

    public void LeaveThread()
    {
    }

    public void Trim() => store.Trim();

    public void Dispose() => store.Dispose();
}
