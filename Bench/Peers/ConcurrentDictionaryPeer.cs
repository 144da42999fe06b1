using System.Collections.Concurrent;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Peers;

/// <summary><see cref="ConcurrentDictionary{TKey, TValue}"/> with its defaults: grown, not presized, as most programs have it.</summary>
internal sealed class ConcurrentDictionaryPeer : IndexPeer
{
    public const string PeerName = "ConcurrentDictionary";

    private readonly ConcurrentDictionary<ulong, ulong> _index = new();

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

    /// <summary>It has no order: whoever needs one must copy and sort, so that is what is timed.</summary>
    public override ulong ScanInOrder()
    {
        var pairs = _index.ToArray();
        Array.Sort(pairs, static (a, b) => a.Key.CompareTo(b.Key));
        var sum = 0UL;
        foreach (var (key, value) in pairs)
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
            removed += _index.TryRemove(key, out _) ? 1UL : 0;
        }

        return removed;
    }

    public override void Dispose() => _index.Clear();
}
