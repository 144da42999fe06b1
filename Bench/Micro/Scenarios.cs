using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Micro;

/// <summary>What the benchmarks of whole indexes have in common: sizes, patterns, contenders, and how a filled index is made.</summary>
public static class Scenarios
{
    /// <summary>Fits the second-level cache.</summary>
    public const int Small = 1_000;

    /// <summary>Does not fit it.</summary>
    public const int Large = 100_000;

    /// <summary>Key patterns.</summary>
    public static IEnumerable<string> Patterns => ["dense", "clustered", "sixteenth", "random64"];

    /// <summary>Contenders that need no C compiler.</summary>
    public static IEnumerable<string> Contenders =>
    [
        RadixTableKind.PeerName, RadixTableSectionKind.PeerName, ConcurrentDictionaryKind.PeerName, NonBlockingKind.PeerName, SortedDictionaryKind.PeerName,
    ];

    /// <summary>Contenders for several threads.</summary>
    public static IEnumerable<string> ThreadSafe =>
        [RadixTableReaderKind.PeerName, ConcurrentDictionaryKind.PeerName, NonBlockingKind.PeerName, LockedDictionaryKind.PeerName];

    /// <summary>One thread, and as many as there are cores.</summary>
    public static IEnumerable<int> ThreadCounts => [1, Math.Max(2, Environment.ProcessorCount)];

    /// <summary>Filled in shuffled order, with three tenths removed and put back.</summary>
    internal static IndexPeer Filled<TValue>(string index, KeySet keys)
        where TValue : unmanaged
    {
        var peer = PeerCatalog.Named(index).Create<TValue>(keys.Count);
        var some = keys.Count * 3 / 10;
        peer.Insert(keys.Shuffled, keys.ShuffledValues);
        peer.Remove(keys.Shuffled.AsSpan(0, some));
        peer.Insert(keys.Shuffled.AsSpan(0, some), keys.ShuffledValues.AsSpan(0, some));
        return peer;
    }
}
