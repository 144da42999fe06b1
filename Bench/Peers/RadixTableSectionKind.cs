using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Peers;

/// <summary>The same table as loops of lookups should use it: a registered reader, and one read section for 64 lookups.</summary>
internal sealed class RadixTableSectionKind : PeerKind
{
    public const string PeerName = "RadixTable, 64 a section";

    public override string Name => PeerName;

    public override IndexPeer Create<TValue>(int expected) =>
        new RadixTableSectionPeer<TValue>(new RadixTableIndex<TValue>(new RadixTableStore<TValue>()), isView: false);
}

internal sealed class RadixTableSectionPeer<TValue>(RadixTableIndex<TValue> index, bool isView)
    : Peer<RadixTableIndex<TValue>, TValue>(RadixTableSectionKind.PeerName, index, isView)
    where TValue : unmanaged
{
    private const int LookupsPerSection = 64;

    private readonly RadixTable<TValue> _table = index.Store.Table;
    private readonly RcuReader _reader = index.Store.Domain.Register();

    public override ulong Lookup(ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        while (!keys.IsEmpty)
        {
            var some = keys[..Math.Min(LookupsPerSection, keys.Length)];
            using (var section = _reader.Enter())
            {
                foreach (var key in some)
                {
                    sum += _table.TryGetValue(in section, key, out var value) ? Payload.Word(value) : 0;
                }
            }

            keys = keys[some.Length..];
        }

        return sum;
    }

    public override ulong LookupChain(ReadOnlySpan<ulong> keys, ulong zero)
    {
        var sum = 0UL;
        while (!keys.IsEmpty)
        {
            var some = keys[..Math.Min(LookupsPerSection, keys.Length)];
            using (var section = _reader.Enter())
            {
                foreach (var key in some)
                {
                    sum += _table.TryGetValue(in section, key + (sum & zero), out var value) ? Payload.Word(value) : 0;
                }
            }

            keys = keys[some.Length..];
        }

        return sum;
    }

    public override IndexPeer ForThisThread() => new RadixTableSectionPeer<TValue>(Index, isView: true);

    public override void Dispose()
    {
        _reader.Dispose();
        base.Dispose();
    }
}
