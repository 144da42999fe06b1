using Alloc.Bench.Peers.Native;

namespace Alloc.Bench.Peers;

/// <summary>All contenders; the first is the one that the others are compared with.</summary>
internal static class PeerCatalog
{
    private static readonly PeerKind Table = new RadixTableKind();
    private static readonly PeerKind TableThroughReader = new RadixTableReaderKind();
    private static readonly PeerKind TableInSections = new RadixTableSectionKind();
    private static readonly PeerKind Grown = new ConcurrentDictionaryKind(presized: false);
    private static readonly PeerKind Sorted = new SortedDictionaryKind();

    /// <summary>Those of the main job.</summary>
    public static IReadOnlyList<PeerKind> Main { get; } = [Table, TableInSections, Grown, Sorted];

    /// <summary>Everyone, whether or not this machine has it.</summary>
    public static IReadOnlyList<PeerKind> All { get; } =
    [
        Table, TableThroughReader, TableInSections, Grown, new ConcurrentDictionaryKind(presized: true), new NonBlockingKind(), new LockedDictionaryKind(),
        new FasterKind(), Sorted, new FlatArrayKind(), NativeKind.Judy, NativeKind.HashTable,
    ];

    /// <summary>Takes part where a latency can be the machine's own.</summary>
    public static PeerKind Nothing { get; } = new NothingKind();

    public static PeerKind Named(string name) =>
        All.Append(Nothing).FirstOrDefault(kind => kind.Name == name) ?? throw new ArgumentException($"No contender is called '{name}'.", nameof(name));

    /// <summary>An index of its own, not another way to read one.</summary>
    public static bool IsIndex(PeerKind kind) => kind != TableInSections && kind != TableThroughReader;
}
