using Alloc.Bench.Workloads;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Peers;

/// <summary><see cref="RadixTable{TValue}"/> as a user first meets it: every call enters and leaves its own read section.</summary>
internal class RadixTablePeer : IndexPeer
{
    public const string PeerName = "RadixTable";

    private readonly PageAllocator _allocator = new();

    public RadixTablePeer() => Table = new RadixTable<ulong>(new RadixTableOptions { Allocator = _allocator, Domain = Domain });

    public override string Name => PeerName;

    public override long Count => Table.Count;

    public override long NativeBytes => Table.GetStatistics().TableBytes;

    protected RcuDomain Domain { get; } = new();

    protected RadixTable<ulong> Table { get; }

    public override ulong Insert(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        var added = 0UL;
        for (var i = 0; i < keys.Length; i++)
        {
            added += Table.TryAdd(keys[i], values[i]) ? 1UL : 0;
        }

        return added;
    }

    public override ulong Lookup(ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += Table.TryGetValue(key, out var value) ? value : 0;
        }

        return sum;
    }

    public override ulong LookupChain(ReadOnlySpan<ulong> keys, ulong zero)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += Table.TryGetValue(key + (sum & zero), out var value) ? value : 0;
        }

        return sum;
    }

    public override ulong ScanInOrder()
    {
        var sum = 0UL;
        foreach (var (key, value) in Table)
        {
            sum = KeySet.ScanStep(sum, key, value);
        }

        return sum;
    }

    public override ulong Remove(ReadOnlySpan<ulong> keys)
    {
        var removed = 0UL;
        foreach (var key in keys)
        {
            removed += Table.TryRemove(key, out _) ? 1UL : 0;
        }

        return removed;
    }

    public override void Dispose()
    {
        Table.Dispose();
        Domain.Dispose();
        _allocator.Dispose();
    }
}
