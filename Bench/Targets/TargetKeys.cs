using Alloc.Bench.Workloads;

namespace Alloc.Bench.Targets;

/// <summary>The orders in which a pass meets its keys.</summary>
internal sealed class TargetKeys
{
    public TargetKeys(string pattern, int count, ulong seed)
    {
        Ascending = KeySets.KeysOf(pattern, count);
        Shuffled = Shuffle(Ascending, seed);
        GivenIsShuffled = pattern is not ("dense" or "clustered");
        Given = pattern switch
        {
            "dense" => Ascending,
            "clustered" => RunByRun(Ascending, seed + 1),
            _ => Shuffle(Ascending, seed + 1),
        };
        Away = Shuffled[..(count * 3 / 10)];
        Lookups = Shuffle(Shuffled, seed + 2)[..Math.Min(count, Math.Max(count / 5 * 2, 100_000))];
        Outside = AbsentKeys.InEmptySpans(Ascending, Math.Min(count, 1_000_000), seed + 3);
        foreach (var key in Ascending)
        {
            PairSum += key ^ Loops.ValueOf(key);
        }
    }

    public ulong[] Ascending { get; }

    /// <summary>Ascending where keys are dense, cluster by cluster where they are clustered, otherwise shuffled.</summary>
    public ulong[] Given { get; }

    public bool GivenIsShuffled { get; }

    public ulong[] Shuffled { get; }

    /// <summary>Three tenths: they go and come back, and are looked up while they are away.</summary>
    public ulong[] Away { get; }

    /// <summary>Four tenths in an order of their own, for what would take too long with all; they are spread over the whole table.</summary>
    public ulong[] Lookups { get; }

    public ulong[] Outside { get; }

    /// <summary>Checksum of a scan, in whatever order.</summary>
    public ulong PairSum { get; }

    private static ulong[] Shuffle(ulong[] keys, ulong seed)
    {
        var shuffled = (ulong[])keys.Clone();
        new SplitMix64(seed).Shuffle(shuffled);
        return shuffled;
    }

    private static ulong[] RunByRun(ulong[] ascending, ulong seed)
    {
        var starts = new List<ulong>();
        for (var i = 0; i < ascending.Length; i++)
        {
            if (i == 0 || ascending[i] != ascending[i - 1] + 1)
            {
                starts.Add((ulong)i);
            }
        }

        var order = starts.ToArray();
        new SplitMix64(seed).Shuffle(order);
        var keys = new ulong[ascending.Length];
        var at = 0;
        foreach (var start in order)
        {
            var i = (int)start;
            do
            {
                keys[at++] = ascending[i++];
            }
            while (i < ascending.Length && ascending[i] == ascending[i - 1] + 1);
        }

        return keys;
    }
}
