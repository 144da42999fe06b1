using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Compare;

/// <summary>
/// As many threads as the machine has cores on one index, each looking up any key and writing its own: every write removes a key or puts it back,
/// so all of them succeed, and a lookup finds the right value or none. Time is the wall's for an operation of each thread.
/// </summary>
internal sealed class MixedScenario : IScenario
{
    private const int OperationsPerThread = 65_536;
    private const int Chunk = 16_384;

    private readonly ThreadTeam _team = new(Math.Max(2, Environment.ProcessorCount));
    private readonly PeerKind[] _kinds;
    private readonly IndexPeer[] _peers;
    private readonly IndexPeer[][] _views;
    private readonly InterleavedSeries _series;
    private readonly Operation[][] _operations;
    private readonly ulong _writes;

    public MixedScenario(KeySet set, int percentWrites, IEnumerable<PeerKind> kinds, IClock clock)
    {
        Name = $"{set.Name}, {_team.Size} threads, {100 - percentWrites}/{percentWrites}";
        Entries = set.Count;
        _kinds = [.. kinds.Where(kind => kind.IsThreadSafe && kind.Fits(set) && kind.Name != RadixTableSectionKind.PeerName)];
        _series = new InterleavedSeries($"{100 - percentWrites} % lookups, {percentWrites} % writes", [.. _kinds.Select(kind => kind.Name)], clock);
        _operations = [.. Enumerable.Range(0, _team.Size).Select(thread => Plan(set, thread, percentWrites))];
        _writes = (ulong)_operations.Sum(one => one.LongCount(operation => operation.Kind != OperationKind.Get));
        _peers = [.. _kinds.Select(kind => kind.Create(set.Count))];
        foreach (var peer in _peers)
        {
            peer.Insert(set.Shuffled, set.ShuffledValues);
        }

        _views = new IndexPeer[_team.Size][];
        _team.Run(me =>
        {
            _views[me] = [.. _peers.Select(peer => peer.ForThisThread())];
            return 0;
        });
    }

    public string Name { get; }

    public int Entries { get; }

    public IReadOnlyList<InterleavedSeries> Series => [_series];

    public void RunPass() => _series.RunPass(OperationsPerThread, Chunk, _writes,
        [.. _kinds.Select((_, who) => (ChunkWork)((at, n) => _team.Run(me => _views[me][who].Run(_operations[me].AsSpan(at, n)))))]);

    public void Dispose()
    {
        _team.Run(me =>
        {
            Array.ForEach(_views[me], view => view.Dispose());
            return 0;
        });
        _team.Dispose();
        Array.ForEach(_peers, peer => peer.Dispose());
    }

    // A thread's own keys are those whose place in the shuffled order is its number, modulo the threads. At the end all keys are there again.
    private Operation[] Plan(KeySet set, int thread, int percentWrites)
    {
        var random = new SplitMix64((ulong)(1000 + thread));
        var operations = new Operation[OperationsPerThread];
        int? away = null;
        for (var i = 0; i < operations.Length; i++)
        {
            if (random.Next(100) < percentWrites && (away is not null || i < operations.Length - 1))
            {
                var place = away ?? (random.Next(set.Count / _team.Size) * _team.Size) + thread;
                operations[i] = new(away is null ? OperationKind.Remove : OperationKind.Add, set.Shuffled[place], set.ShuffledValues[place]);
                away = away is null ? place : null;
            }
            else
            {
                var place = random.Next(set.Count);
                operations[i] = new(OperationKind.Get, set.Shuffled[place], set.ShuffledValues[place]);
            }
        }

        if (away is { } last)
        {
            operations[^1] = new(OperationKind.Add, set.Shuffled[last], set.ShuffledValues[last]);
        }

        return operations;
    }
}
