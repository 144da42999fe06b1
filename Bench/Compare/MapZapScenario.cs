using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>
/// The loop of the Linux series that frees page tables by RCU, by every contender: map 512 pages in a row, drop them as a range, go on 2 MiB further.
/// An index without ranges drops its keys one by one.
/// </summary>
internal sealed class MapZapScenario : IScenario
{
    private const int PagesPerStep = 512;
    private const int StepsPerPass = 64;
    private const int StepsPerChunk = 4;
    private const ulong FirstPage = 0x7F00_0000_0;

    private readonly IndexPeer[] _peers;
    private readonly InterleavedSeries _series;
    private readonly ulong[] _keys = new ulong[PagesPerStep * StepsPerPass];
    private readonly ulong[] _values;

    public MapZapScenario(IEnumerable<PeerKind> kinds, IClock clock)
    {
        for (var i = 0; i < _keys.Length; i++)
        {
            _keys[i] = FirstPage + (ulong)i;
        }

        _values = Array.ConvertAll(_keys, KeySet.ValueOf);
        var one = KeySet.FromSorted("pages", _keys, _values);
        PeerKind[] fitting = [.. kinds.Where(kind => PeerCatalog.IsIndex(kind) && kind.Fits(one))];
        _peers = [.. fitting.Select(kind => kind.Create(_keys.Length))];
        _series = new InterleavedSeries("map 512 pages, drop them", [.. fitting.Select(kind => kind.Name)], clock);
    }

    public string Name => "map and zap";

    public int Entries => PagesPerStep;

    public IReadOnlyList<InterleavedSeries> Series => [_series];

    /// <summary>An item is a page: mapped and dropped.</summary>
    public void RunPass() => _series.RunPass(_keys.Length, PagesPerStep * StepsPerChunk, 2 * (ulong)_keys.Length, [.. _peers.Select(Work)]);

    public void Dispose() => Array.ForEach(_peers, peer => peer.Dispose());

    private ChunkWork Work(IndexPeer peer) => (at, count) =>
    {
        var sum = 0UL;
        for (var start = at; start < at + count; start += PagesPerStep)
        {
            sum += peer.Insert(_keys.AsSpan(start, PagesPerStep), _values.AsSpan(start, PagesPerStep));
            sum += peer.RemoveRange(_keys[start], _keys[start + PagesPerStep - 1]);
        }

        return sum;
    };
}
