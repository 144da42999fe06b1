namespace Alloc.Bench.Peers;

/// <summary>All contenders by name; the first is the one that the others are compared with.</summary>
internal static class PeerCatalog
{
    private static readonly (string Name, Func<IndexPeer> Create)[] All =
    [
        (RadixTablePeer.PeerName, () => new RadixTablePeer()),
        (RadixTableSectionPeer.SectionPeerName, () => new RadixTableSectionPeer()),
        (ConcurrentDictionaryPeer.PeerName, () => new ConcurrentDictionaryPeer()),
        (SortedDictionaryPeer.PeerName, () => new SortedDictionaryPeer()),
    ];

    public static string[] Names => [.. All.Select(peer => peer.Name)];

    /// <summary>Those that are indexes of their own, not another way to call one.</summary>
    public static string[] Indexes => [.. Names.Where(name => name != RadixTableSectionPeer.SectionPeerName)];

    public static IndexPeer Create(string name) =>
        All.FirstOrDefault(peer => peer.Name == name).Create?.Invoke() ?? throw new ArgumentException($"No contender is called '{name}'.", nameof(name));
}
