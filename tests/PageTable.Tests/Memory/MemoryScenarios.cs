using static Alloc.PageTable.Tests.MemoryStep;

namespace Alloc.PageTable.Tests;

/// <summary>Every way in which a table comes to want memory: keys in every place, and every change from one kind of node to another.</summary>
internal static class MemoryScenarios
{
    private const ulong Far = 1UL << 40, Big = 1UL << 62;

    /// <summary>Keys that no window holds, so that they lie in buckets.</summary>
    private static IEnumerable<ulong> Scattered(int from, int count, ulong first = 0) =>
        Enumerable.Range(from, count).Select(i => first + ((ulong)i * 0x9E3779B97F4A7C15 >> 40));

    private static IEnumerable<ulong> Dense(ulong first, int count) => Enumerable.Range(0, count).Select(i => first + (ulong)i);

    public static readonly IReadOnlyDictionary<string, MemoryScenario> All = new Dictionary<string, MemoryScenario>(
    [
        .. Everywhere().Select(named => KeyValuePair.Create(named.Key, named.Value)),
        .. Everywhere().Where(named => named.Value.Before.Length > 0).Select(named => KeyValuePair.Create(named.Key + ", in leaf tables", named.Value with { InLeafTables = true })),
        .. Transitions(),
    ]);

    private static Dictionary<string, MemoryScenario> Everywhere() => new()
    {
        ["first key of a table"] = new([], [Put(3)]),
        ["first key and a neighbour"] = new([], [Put(3), Put(4)]),
        ["key in another block"] = new([3, 1030], [Put(515)]),
        ["key in the next block"] = new([3], [Put(515)]),
        ["key far away"] = new([3], [Put(Far)]),
        ["key far from two"] = new([3, 515], [Put(Far)]),
        ["keys farther and farther away"] = new([3], [Put(515), Put(1UL << 18), Put(1UL << 27), Put(1UL << 36), Put(1UL << 45), Put(1UL << 54), Put(1UL << 63)]),
        ["last key of all"] = new([3], [Put(ulong.MaxValue)]),
        ["value in a cell"] = new([3], [Put(4, Big)]),
        ["value in a cell in another block"] = new([3], [Put(515, Big)]),
        ["overwrite by a cell"] = new([3, 4], [Put(3, Big), Put(4, Big)]),
        ["overwrite of cells by inline values"] = new([3, 4], [Put(3, Big), Put(3, 0), Put(4, Big), Put(4, 0)]),
        ["many cells"] = new([3], [.. Enumerable.Range(0, 100).Select(i => Put((ulong)i, Big))]),
        ["last value removed"] = new([3], [Cut(3)]),
        ["last value of a block removed"] = new([3, 515], [Cut(515)]),
        ["last values of two places removed"] = new([3, Far], [Cut(3), Cut(Far)]),
        ["values removed that do not empty their node"] = new([3, 4, 5], [Cut(4), Cut(3)]),
        ["a range over whole blocks removed"] = new([1, 2, 513, 514, 1025, Far], [CutRange(0, 1535)]),
        ["a range that empties blocks at its ends removed"] = new([100, 101, 600, 1100, 1101], [CutRange(100, 1101)]),
        ["everything removed as a range"] = new([1, 511, 512, 1 << 18, 1 << 27, Far, ulong.MaxValue], [CutRange(0, ulong.MaxValue)]),
        ["a removal and an insert by turns"] = new([3], [Cut(3), Put(4), Cut(4), Put(515), Put(3), Cut(515), Put(515), CutRange(0, 9)]),
        ["an update of what is there"] = new([3, 515], [Update(3, Big), Update(515, 1)]),
        ["a conditional removal of the last value"] = new([3, 515], [Update(3, Big), CutExpected(3)]),
        ["trimming what has one child"] = new([3, 515, 1030], [Cut(515), Cut(1030), Trim(), Put(515), Cut(515), Trim()]),
        ["trimming what was left standing"] = new([3, 515, Far, Far + 512], [Cut(3), Cut(Far), Cut(515), Cut(Far + 512), Trim()]),
        ["every 128th key put and removed"] = new([], [.. PutAll(Enumerable.Range(0, 40).Select(i => (ulong)i * 128)), CutRange(500, 3000), CutRange(0, ulong.MaxValue)]),
    };

    private static Dictionary<string, MemoryScenario> Transitions() => new()
    {
        ["a bucket grows"] = new([.. Scattered(0, 3)], PutAll(Scattered(3, 9))),
        ["a large bucket grows"] = new([.. Scattered(0, 100)], PutAll(Scattered(100, 30))),
        ["a bucket at the root becomes a directory"] = new([.. Scattered(0, 204)], PutAll(Scattered(204, 20))),
        ["a bucket in a directory becomes a narrow one"] = new([.. Scattered(0, 204, Far), 3], PutAll(Scattered(204, 20, Far))),
        ["a bucket becomes a run"] = new([10, 12, 14], [Put(11), Put(13), Put(15)]),
        ["a bucket is swept of removed keys"] = new([.. Scattered(0, 11)], [.. CutAll(Scattered(0, 9)), .. PutAll(Scattered(20, 9))]),
        ["the last key of all comes to a bucket"] = new([.. Scattered(0, 20, ulong.MaxValue - (1UL << 30))], [Put(ulong.MaxValue), Put(ulong.MaxValue - 1)]),
        ["a run grows upwards"] = new([.. Dense(100, 8)], PutAll(Dense(108, 60))),
        ["a run grows downwards"] = new([.. Dense(1000, 8)], PutAll(Dense(900, 100).Reverse())),
        ["a run becomes a leaf table"] = new([.. Dense(1024, 250)], PutAll(Dense(1274, 60))),
        ["a run becomes a bucket"] = new([.. Dense(500, 20)], [Put(5000), Put(100_000)]),
        ["a long run becomes a directory"] = new([.. Dense(400, 300)], [Put(1 << 20), Put(Far)]),
        ["a leaf table comes beside a full one"] = new([.. Dense(0, 510), 1024], PutAll(Dense(510, 6))),
        ["a run is emptied"] = new([.. Dense(500, 40), 1 << 20], [CutRange(0, 600), Put(500)]),
        ["a bucket is emptied"] = new([.. Scattered(0, 40), Far], [CutRange(0, 1 << 26), Put(3)]),
        ["a part of a bucket is removed as a range"] = new([.. Scattered(0, 40)], [CutRange(0, 1 << 22), CutRange(1 << 22, 1 << 26)]),
        ["a narrow directory is emptied"] = new([.. Scattered(0, 300, Far), 3], [.. CutAll(Scattered(0, 30, Far)), CutRange(Far, 2 * Far)]),
        ["Trim makes a bucket of a leaf table"] = new([3, 200, 400], [Trim(), Put(201), Trim()]) { InLeafTables = true },
        ["Trim makes a run of a leaf table"] = new([.. Dense(100, 20)], [Trim(), Put(201), Trim()]) { InLeafTables = true },
        ["Trim makes a smaller bucket"] = new([.. Scattered(0, 150)], [.. CutAll(Scattered(0, 140)), Trim(), Put(3)]),
        ["Trim makes a smaller run"] = new([.. Dense(100, 200)], [CutRange(110, 400), Trim(), Put(111)]),
        ["Trim merges leaf tables into a bucket"] = new([3, 515, 1030, 1600], [Trim(), Put(4), Put(516), Trim()]) { InLeafTables = true },
        ["Trim merges leaf tables into a run"] = new([.. Dense(500, 30)], [Trim(), Put(600), Trim()]) { InLeafTables = true },
        ["Trim merges a directory over buckets at the root"] = new([.. Scattered(0, 300)], [.. CutAll(Scattered(40, 260)), Trim(), .. PutAll(Scattered(300, 10)), Trim()]),
        ["Trim merges a narrow directory"] = new([3, .. Scattered(0, 300).Select(key => 0x155UL << 55 | key << 31)], [.. CutAll(Scattered(20, 280).Select(key => 0x155UL << 55 | key << 31)), Trim(), Put(0x155UL << 55 | 5), Trim()]),
        ["split above a leaf table and put into it"] = new([.. Dense(0, 256)], [Put(Far), Put(300), Put(1 << 20), Put(301)]),
    };
}
