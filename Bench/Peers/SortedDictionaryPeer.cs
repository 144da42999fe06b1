using Alloc.Bench.Workloads;

namespace Alloc.Bench.Peers;

/// <summary>
/// <see cref="SortedDictionary{TKey, TValue}"/>: a red-black tree, ordered and not thread-safe; here without any lock, which
/// favours it.
/// </summary>
internal sealed class SortedDictionaryPeer : IndexPeer
{
    public const string PeerName = "SortedDictionary";

    private readonly SortedDictionary<ulong, ulong> _index = [];

    public override string Name => PeerName;

    public override long Count => _index.Count;

    public override ulong Insert(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        var added = 0UL;
        for (var i = 0; i < keys.Length; i++)
        {
            added += _index.TryAdd(keys[i], values[i]) ? 1UL : 0;
        }

        return added;
    }

    public override ulong Lookup(ReadOnlySpan<ulong> keys)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += _index.TryGetValue(key, out var value) ? value : 0;
        }

        return sum;
    }

    public override ulong LookupChain(ReadOnlySpan<ulong> keys, ulong zero)
    {
        var sum = 0UL;
        foreach (var key in keys)
        {
            sum += _index.TryGetValue(key + (sum & zero), out var value) ? value : 0;
        }

        return sum;
    }

    public override ulong ScanInOrder()
    {
        var sum = 0UL;
        foreach (var (key, value) in _index)
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
            removed += _index.Remove(key) ? 1UL : 0;
        }

        return removed;
    }

    public override void Dispose() => _index.Clear();
}
