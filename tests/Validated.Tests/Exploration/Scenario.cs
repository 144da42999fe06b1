using static Alloc.Validated.Tests.Exploration.Act;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>What is in a table before, and what a few threads then do to it at once.</summary>
/// <param name="Name">What meets what.</param>
/// <param name="Before">Done by one thread before.</param>
/// <param name="Threads">The calls of each thread.</param>
internal sealed record Scenario(string Name, Act[] Before, params Act[][] Threads)
{
    /// <summary>How often a running thread may lose its turn in the suite; switches where a thread ends are free.</summary>
    public int Bound { get; init; } = 4;

    /// <summary>Pages beyond those of the table before that the allocator gives out; by default no limit.</summary>
    public int? SparePages { get; init; }

    /// <summary>Whether the entries before lie in leaf tables, whatever their number.</summary>
    public bool InLeafTables { get; init; }

    /// <summary>The keys that it knows, where its calls do not tell.</summary>
    public ulong[]? AllKeys { get; init; }

    private const ulong A = 3, B = 4, Next = 512 + 3, Third = 1024 + 3, Far = 1UL << 40;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. Everywhere,
        .. Everywhere.Where(s => s.Before.Length > 0 && s.SparePages is null)
            .Select(s => s with { Name = s.Name + ", in leaf tables", InLeafTables = true, Bound = Math.Min(s.Bound, 3) }),
        .. Transitions,
    ];

    // Keys that no window holds, and such as make a run.
    private static Act[] Scattered(int count) => [.. Enumerable.Range(0, count).Select(i => Add((ulong)i * 0x9E3779B97F4A7C15 >> 40, 100 + (ulong)i))];

    private static Act[] Dense(ulong first, int count) => [.. Enumerable.Range(0, count).Select(i => Add(first + (ulong)i, 100 + (ulong)i))];

    /// <summary>From one kind of node, or one size, to another.</summary>
    private static Scenario[] Transitions =>
    [
        new("a crowded bucket grows against an add", Scattered(3), [Add(1UL << 30, 1)], [Add(1UL << 31, 2)]),
        new("a crowded bucket grows against a removal", Scattered(3), [Add(1UL << 30, 1)], [Remove(Scattered(1)[0].Key)]),
        new("a crowded bucket grows against an overwrite of what it holds", Scattered(3), [Add(1UL << 30, 1)], [Set(Scattered(2)[1].Key, 7), Get(1UL << 30)]),
        new("a lane of a bucket claimed by two adds of one key", Scattered(2), [Add(1UL << 30, 1)], [Add(1UL << 30, 2)]),
        new("two free lanes of a bucket before two adds of one key", Scattered(1), [Add(1UL << 30, 1)], [Add(1UL << 30, 2)]),
        new("a lane claimed against the freeze of the bucket", Scattered(2), [Add(1UL << 30, 1)], [Remove(Scattered(1)[0].Key), Remove(Scattered(2)[1].Key)]),
        new("a run grows upwards against an add downwards", Dense(1000, 8), [Add(1008, 1)], [Add(999, 2)]) { Bound = 3 },
        new("a run grows against the removal of its last key", Dense(1000, 8), [Add(1030, 1)], [Remove(1007)]) { Bound = 3 },
        new("a run becomes a bucket against an overwrite", Dense(500, 5), [Add(1UL << 30, 1)], [Set(502, 7)]) { Bound = 3 },
        new("the last values of a run against an add beside it", Dense(500, 2), [Remove(500), Remove(501)], [Add(502, 7)]) { Bound = 3 },
        new("a range over a whole bucket against an add to it", Scattered(3), [RemoveRange(0, ulong.MaxValue)], [Add(1UL << 30, 1)]) { Bound = 3 },
        new("a range inside a run against an update and a removal", Dense(500, 4), [RemoveRange(501, 502)], [Update(501, 7, 101), Remove(502)]) { Bound = 3 },
        new("a range of one key against what becomes of its neighbours", [Add(0, 1), Add(1UL << 63, 2), Add(ulong.MaxValue, 3)],
            [Remove(1UL << 63), Add(1UL << 63, 4), Get(ulong.MaxValue)], [Remove(0), RemoveRange(ulong.MaxValue, ulong.MaxValue)]),
        new("a range of one key that has just come", [Add(0, 1), Add(1UL << 63, 2)],
            [Remove(1UL << 63), Add(1UL << 63, 4), Get(ulong.MaxValue)], [Add(ulong.MaxValue, 3), Remove(0), RemoveRange(ulong.MaxValue, ulong.MaxValue)]) { Bound = 3 },
        new("a range of one key against an add to it", [Add(0, 1), Add(ulong.MaxValue, 3)],
            [Get(ulong.MaxValue), Add(ulong.MaxValue, 5)], [RemoveRange(ulong.MaxValue, ulong.MaxValue)]),
        new("the last key of all beside its like", [Add(ulong.MaxValue, 1), Add(ulong.MaxValue - 1, 2)], [Remove(ulong.MaxValue)], [Remove(ulong.MaxValue - 1), Add(ulong.MaxValue, 3)]),
    ];

    private static Scenario[] Everywhere =>
    [
        new("two adds of one key into an empty table", [], [Add(A, 1)], [Add(A, 2)]),
        new("two adds of neighbours into an empty table", [], [Add(A, 1)], [Add(B, 2)]),
        new("two adds into one empty slot of a directory", [Add(A, 1), Add(Third, 2)], [Add(Next, 3)], [Add(Next + 1, 4)]),
        new("add against the removal of the last value", [Add(A, 1)], [Remove(A)], [Add(B, 2)]),
        new("add of the key whose removal empties its node", [Add(A, 1)], [Remove(A)], [Add(A, 2)]),
        new("two removals of the last two values", [Add(A, 1), Add(500, 2)], [Remove(A)], [Remove(500)]),
        new("two removals of one key", [Add(A, 1)], [Remove(A)], [Remove(A)]),
        new("two removals that empty a directory", [Add(A, 1), Add(Next, 2)], [Remove(A)], [Remove(Next)]),
        new("split above against the removal below", [Add(A, 1)], [Remove(A)], [Add(Next, 2)]),
        new("split far above a directory against the removal of its last value but one", [Add(A, 1), Add(Next, 2)], [Remove(A), Remove(Next)], [Add(Far, 3)]),
        new("two splits above one node", [Add(A, 1)], [Add(Next, 2)], [Add(Far, 3)]),
        new("helper against owner of a freeze, each with a key", [Add(A, 1)], [Remove(A), Add(A, 2)], [Add(B, 3)]),
        new("two helpers of one freeze", [Add(A, 1)], [Remove(A)], [Add(B, 2)], [Set(B + 1, 3)]) { Bound = 2 },
        new("removal of a range inside a node against an add", [Add(100, 1), Add(101, 2)], [RemoveRange(100, 101)], [Add(102, 3)]),
        new("removal of a range against removals of its keys", [Add(100, 1), Add(101, 2)], [RemoveRange(90, 110)], [Remove(100), Remove(101)]),
        new("removal of everything against an add", [Add(A, 1), Add(Next, 2)], [RemoveRange(0, ulong.MaxValue)], [Add(B, 3)]) { Bound = 1 },
        new("two removals of one range", [Add(A, 1), Add(Next, 2)], [RemoveRange(0, 511)], [RemoveRange(0, 511)]) { Bound = 1 },
        new("Trim of a directory with one child against an add to it", [Add(A, 1), Add(Next, 2), Remove(Next)], [Trim()], [Add(Next, 3)]),
        new("Trim of a directory with one child against the removal of the child", [Add(A, 1), Add(Next, 2), Remove(Next)], [Trim()], [Remove(A)]) { Bound = 3 },
        new("Trim against a split above", [Add(A, 1), Add(Next, 2), Remove(Next)], [Trim()], [Add(Far, 3)]),
        new("two Trims of two directories", [Add(A, 1), Add(B, 4), Add(Next, 2), Add(Far, 3), Remove(Next), Remove(Far)], [Remove(B), Trim()], [Trim(), Add(A, 5)]) { Bound = 2 },
        new("overwrite against the removal of the last value", [Add(A, 1)], [Remove(A)], [Set(A, 2)]),
        new("overwrite of a cell against its removal", [Add(A, 1 | InCell)], [Remove(A)], [Set(A, 2 | InCell)]),
        new("update against a freeze", [Add(A, 1), Add(B, 5)], [Remove(B), Remove(A)], [Update(A, 2, 1)]),
        new("update of a cell against the same bits in another", [Add(A, 1 | InCell)], [Set(A, 2), Set(A, 1 | InCell)], [Update(A, 3, 1 | InCell)]),
        new("conditional removal against an update", [Add(A, 1)], [RemoveExpected(A, 1)], [Update(A, 2, 1)]),
        new("two increments of one counter", [Add(A, 10)], [Grow(A, 1)], [Grow(A, 2)]),
        new("increment against the removal of the counter", [Add(A, 10)], [Grow(A, 1)], [Remove(A)]),
        new("enumeration against a replacement", [Add(A, 1), Add(Next, 2)], [Enumerate(0, ulong.MaxValue)], [Remove(A), Add(B, 3)]),
        new("enumeration against the collapse of a directory", [Add(A, 1), Add(Next, 2)], [Enumerate(0, ulong.MaxValue)], [Remove(A), Trim()]) { Bound = 3 },
        new("lookups against a removal and an add in its place", [Add(A, 1)], [Get(A), Get(A)], [Remove(A), Add(Next, 2)]),
        new("lookup against a split above and a collapse", [Add(A, 1)], [Get(A), Get(Far)], [Add(Far, 2), Remove(Far), Trim()]) { Bound = 3 },
        new("three threads: removal, add and lookup", [Add(A, 1)], [Remove(A)], [Add(B, 2)], [Get(A), Get(B)]) { Bound = 2 },
        new("three threads: removal, split above and Trim", [Add(A, 1)], [Remove(A)], [Add(Next, 2)], [Trim()]) { Bound = 2 },
        new("no memory for an add beside a removal", [Add(A, 1)], [Remove(A)], [Add(Next, 2)]) { SparePages = 0 },
        new("no memory for a helper", [Add(A, 1)], [Remove(A)], [Add(B, 2)]) { SparePages = 0 },
        new("no memory for the second half of a split", [Add(A, 1)], [Add(Next, 2)], [Add(Far, 3)]) { SparePages = 2 },
    ];

    /// <summary>Every key that the scenario knows.</summary>
    public ulong[] Keys => AllKeys ?? [.. Before.Concat(Threads.SelectMany(t => t)).Where(a => a.Kind is not (ActKind.Trim or ActKind.RemoveRange or ActKind.Enumerate)).Select(a => a.Key).Distinct().Order()];
}
