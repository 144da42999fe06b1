using Alloc.Rcu;

namespace Alloc.Bench.Peers;

/// <summary>The same table as loops of lookups should use it: a registered reader, and one read section for 64 lookups.</summary>
internal sealed class RadixTableSectionPeer : RadixTablePeer
{
    public const string SectionPeerName = "RadixTable, 64 a section";
    private const int LookupsPerSection = 64;

    private readonly RcuReader _reader;

    public RadixTableSectionPeer() => _reader = Domain.Register();

    public override string Name => SectionPeerName;

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
                    sum += Table.TryGetValue(in section, key, out var value) ? value : 0;
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
                    sum += Table.TryGetValue(in section, key + (sum & zero), out var value) ? value : 0;
                }
            }

            keys = keys[some.Length..];
        }

        return sum;
    }

    public override void Dispose()
    {
        _reader.Dispose();
        base.Dispose();
    }
}
