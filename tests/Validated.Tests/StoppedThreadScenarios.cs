using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests;

/// <summary>What a thread does that is stopped on the way.</summary>
/// <param name="Before">What is in the table before.</param>
/// <param name="Act">What it does; tells how many entries that adds.</param>
internal sealed record StoppedThreadScenario(ulong[] Before, Func<RadixTable<ulong>, long> Act)
{
    /// <summary>Whether the entries before lie in leaf tables, whatever their number.</summary>
    public bool InLeafTables { get; init; }

    /// <summary>Entries that come and go before, so that the others lie in what is too large for them.</summary>
    public ulong[] Passing { get; init; } = [];

    public void SetUp(RadixTable<ulong> table)
    {
        foreach (ulong key in Passing) table[key] = InlineValues.Make(key, 1);
        if (InLeafTables) table.PutInLeafTables(key => InlineValues.Make(key, 1), Before);
        foreach (ulong key in Before) table[key] = InlineValues.Make(key, 1);
        foreach (ulong key in Passing) Assert.True(table.TryRemove(key, out _));
    }
}

/// <summary>Each change of structure, over leaf tables and over small nodes, and each change from one kind of node to another.</summary>
internal static class StoppedThreadScenarios
{
    public const ulong Far = 1UL << 40;

    public static readonly IReadOnlyDictionary<string, StoppedThreadScenario> All = new Dictionary<string, StoppedThreadScenario>(
    [
        .. Everywhere(),
        .. Everywhere().Where(named => named.Value.Before.Length > 0).Select(named => KeyValuePair.Create(named.Key + ", in leaf tables", named.Value with { InLeafTables = true })),
        .. Transitions(),
    ]);

    private static Dictionary<string, StoppedThreadScenario> Everywhere() => new()
    {
        ["the last value under the root is removed"] = new([3], t => Remove(t, 3)),
        ["the last value of a block is removed"] = new([3, 515, 1030], t => Remove(t, 515)),
        ["the last values of two places are removed, and all goes"] = new([3, Far], t => Remove(t, 3) + Remove(t, Far)),
        ["a value in a cell is overwritten and removed"] = new([3, 4], t => Set(t, 3, 1UL << 62) + Remove(t, 3)),
        ["a whole block is removed as a range"] = new([.. Dense(0, 600)], t => -t.RemoveRange(0, 511)),
        ["a range inside a node is removed"] = new([100, 101, 102, 600], t => -t.RemoveRange(90, 110)),
        ["a range over many nodes is removed"] = new([1, 511, 512, 1023, 1024, Far, Far + 512], t => -t.RemoveRange(0, ulong.MaxValue)),
        ["a key is put into an empty table"] = new([], t => Add(t, 77)),
        ["a key is put into another block"] = new([3, 1030], t => Add(t, 515)),
        ["a key is put into the next block"] = new([3], t => Add(t, 515)),
        ["a key is put far away"] = new([3, 515], t => Add(t, Far)),
        ["what has one child is trimmed"] = new([3, 515], t => Remove(t, 515) + Trim(t)),
        ["what has one directory below is trimmed"] = new([3, 515, Far], t => Remove(t, Far) + Trim(t)),
    };

    private static Dictionary<string, StoppedThreadScenario> Transitions() => new()
    {
        ["a bucket of one group grows"] = new([.. Scattered(0, 3)], t => AddAll(t, Scattered(3, 2))),
        ["a large bucket grows"] = new([.. Scattered(0, 102)], t => AddAll(t, Scattered(102, 24))),
        ["a bucket at the root becomes a directory"] = new([.. Scattered(0, 204)], t => AddAll(t, Scattered(204, 40))),
        ["a bucket in a directory becomes a narrow one"] = new([3, .. Scattered(0, 204, Far)], t => AddAll(t, Scattered(204, 40, Far))),
        ["a narrow directory is emptied"] = new([3, .. Scattered(0, 260, Far)], t => -t.RemoveRange(Far, 2 * Far)),
        ["a narrow directory's last bucket is emptied"] = new([3, .. Scattered(0, 260, Far)], t => -t.RemoveRange(Far, Far + (1 << 24) - (1 << 18)) - t.RemoveRange(Far, 2 * Far)),
        ["a bucket is swept of removed keys"] = new([.. Scattered(0, 3)], t => Remove(t, Scattered(0, 1).Single()) + AddAll(t, Scattered(3, 1))),
        ["a bucket becomes a run"] = new([10, 12, 14], t => AddAll(t, [11, 13])),
        ["a bucket gets the last key of all"] = new([.. Scattered(0, 6, ulong.MaxValue - (1UL << 30))], t => Add(t, ulong.MaxValue) + Add(t, ulong.MaxValue - 1)),
        ["the last value of a bucket is removed"] = new([3, 1 << 20], t => Remove(t, 3) + Remove(t, 1 << 20)),
        ["a range over a whole bucket is removed"] = new([.. Scattered(0, 40)], t => -t.RemoveRange(0, ulong.MaxValue)),
        ["a range inside a bucket is removed"] = new([.. Scattered(0, 40)], t => -t.RemoveRange(1 << 22, 1 << 23)),
        ["a run grows upwards"] = new([.. Dense(100, 8)], t => AddAll(t, Dense(108, 12))),
        ["a run grows downwards"] = new([.. Dense(1000, 8)], t => AddAll(t, Dense(988, 12).Reverse())),
        ["a run becomes a leaf table"] = new([.. Dense(1024, 250)], t => AddAll(t, Dense(1274, 60))),
        ["a run becomes a bucket"] = new([.. Dense(500, 20)], t => Add(t, 5000)),
        ["a long run becomes a directory"] = new([.. Dense(400, 300)], t => Add(t, 1 << 20)),
        ["the last values of a run are removed"] = new([.. Dense(500, 5)], t => Dense(500, 5).Sum(key => Remove(t, key))),
        ["a range over a whole run is removed"] = new([.. Dense(500, 40)], t => -t.RemoveRange(0, ulong.MaxValue)),
        ["a range inside a run is removed"] = new([.. Dense(500, 40)], t => -t.RemoveRange(505, 530)),
        ["a leaf table comes beside a full one"] = new([.. Dense(0, 510), 1024], t => AddAll(t, Dense(510, 4))),
        ["a key splits above a leaf table"] = new([.. Dense(0, 256)], t => Add(t, Far)),
        ["Trim makes a bucket of a leaf table"] = new([3, 200, 400], Trim) { InLeafTables = true },
        ["Trim makes a run of a leaf table"] = new([.. Dense(100, 20)], Trim) { InLeafTables = true },
        ["Trim makes a smaller bucket"] = new([.. Scattered(0, 150)], t => Scattered(0, 140).Sum(key => Remove(t, key)) + Trim(t)),
        ["Trim merges leaf tables into a bucket"] = new([3, 515, 1030, 1600], Trim) { InLeafTables = true },
        ["Trim merges leaf tables into a run"] = new([.. Dense(500, 30)], Trim) { InLeafTables = true },
        ["Trim merges a directory over buckets at the root"] = new([.. Scattered(0, 60)], Trim) { Passing = [.. Scattered(60, 400)] },
        ["Trim merges a narrow directory"] = new([3, .. Scattered(0, 40).Select(key => 0x155UL << 55 | key << 31)], Trim) { Passing = [.. Scattered(40, 300).Select(key => 0x155UL << 55 | key << 31), 1UL << 63] },
        ["Trim merges what has the last keys of all"] = new([.. Scattered(0, 60).Select(key => ~key)], Trim) { Passing = [.. Scattered(60, 400).Select(key => ~key)] },
        ["Trim makes a smaller run"] = new([.. Dense(100, 200)], t => -t.RemoveRange(110, 400) + Trim(t)),
    };

    /// <summary>Keys that no window holds.</summary>
    private static IEnumerable<ulong> Scattered(int from, int count, ulong first = 0) =>
        Enumerable.Range(from, count).Select(i => first + ((ulong)i * 0x9E3779B97F4A7C15 >> 40));

    private static IEnumerable<ulong> Dense(ulong first, int count) => Enumerable.Range(0, count).Select(i => first + (ulong)i);

    public static long Remove(RadixTable<ulong> table, ulong key) => table.TryRemove(key, out _) ? -1 : 0;

    public static long Add(RadixTable<ulong> table, ulong key) => table.TryAdd(key, InlineValues.Make(key, 0)) ? 1 : 0;

    public static long Trim(RadixTable<ulong> table)
    {
        table.Trim();
        return 0;
    }

    private static long AddAll(RadixTable<ulong> table, IEnumerable<ulong> keys) => keys.Sum(key => Add(table, key));

    private static long Set(RadixTable<ulong> table, ulong key, ulong bits)
    {
        long added = 0;
        ulong present = table.GetOrAddCounted(key, InlineValues.Make(key, 0), ref added);
        table.TryUpdate(key, InlineValues.Make(key, 2) | bits, present);
        return added;
    }
}
