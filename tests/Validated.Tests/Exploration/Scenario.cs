using static Alloc.Validated.Tests.Exploration.Act;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>What is in a table before, and what a few threads then do to it at once.</summary>
/// <param name="Name">What meets what.</param>
/// <param name="Before">Done by one thread before.</param>
/// <param name="Threads">The calls of each thread.</param>
internal sealed record Scenario(string Name, Act[] Before, params Act[][] Threads)
{
    /// <summary>How often a running thread may lose its turn in the suite; switches where a thread ends are free.</summary>
    public int Bound { get; init; } = 3;

    /// <summary>Pages beyond those of the table before that the allocator gives out; by default no limit.</summary>
    public int? SparePages { get; init; }

    private const ulong A = 3, B = 4, Next = 512 + 3, Third = 1024 + 3, Far = 1UL << 40;

    public static IReadOnlyList<Scenario> All { get; } =
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
        new("two removals of everything", [Add(A, 1), Add(Next, 2)], [RemoveRange(0, ulong.MaxValue)], [RemoveRange(0, ulong.MaxValue)]) { Bound = 1 },
        new("Trim of a directory with one child against an add to it", [Add(A, 1), Add(Next, 2), Remove(Next)], [Trim()], [Add(Next, 3)]),
        new("Trim of a directory with one child against the removal of the child", [Add(A, 1), Add(Next, 2), Remove(Next)], [Trim()], [Remove(A)]),
        new("Trim against a split above", [Add(A, 1), Add(Next, 2), Remove(Next)], [Trim()], [Add(Far, 3)]),
        new("two Trims of two directories", [Add(A, 1), Add(Next, 2), Add(Far, 3), Remove(Next), Remove(Far)], [Trim()], [Trim()]),
        new("overwrite against the removal of the last value", [Add(A, 1)], [Remove(A)], [Set(A, 2)]),
        new("overwrite of a cell against its removal", [Add(A, 1 | InCell)], [Remove(A)], [Set(A, 2 | InCell)]),
        new("update against a freeze", [Add(A, 1), Add(B, 5)], [Remove(B), Remove(A)], [Update(A, 2, 1)]),
        new("update of a cell against the same bits in another", [Add(A, 1 | InCell)], [Set(A, 2), Set(A, 1 | InCell)], [Update(A, 3, 1 | InCell)]),
        new("conditional removal against an update", [Add(A, 1)], [RemoveExpected(A, 1)], [Update(A, 2, 1)]),
        new("two increments of one counter", [Add(A, 10)], [Grow(A, 1)], [Grow(A, 2)]),
        new("increment against the removal of the counter", [Add(A, 10)], [Grow(A, 1)], [Remove(A)]),
        new("enumeration against a replacement", [Add(A, 1), Add(Next, 2)], [Enumerate(0, ulong.MaxValue)], [Remove(A), Add(B, 3)]),
        new("enumeration against the collapse of a directory", [Add(A, 1), Add(Next, 2)], [Enumerate(0, ulong.MaxValue)], [Remove(A), Trim()]),
        new("lookups against a removal and an add in its place", [Add(A, 1)], [Get(A), Get(A)], [Remove(A), Add(Next, 2)]),
        new("lookup against a split above and a collapse", [Add(A, 1)], [Get(A), Get(Far)], [Add(Far, 2), Remove(Far), Trim()]),
        new("three threads: removal, add and lookup", [Add(A, 1)], [Remove(A)], [Add(B, 2)], [Get(A), Get(B)]) { Bound = 2 },
        new("three threads: removal, split above and Trim", [Add(A, 1)], [Remove(A)], [Add(Next, 2)], [Trim()]) { Bound = 2 },
        new("no memory for an add beside a removal", [Add(A, 1)], [Remove(A)], [Add(Next, 2)]) { SparePages = 0 },
        new("no memory for a helper", [Add(A, 1)], [Remove(A)], [Add(B, 2)]) { SparePages = 0 },
        new("no memory for the second half of a split", [Add(A, 1)], [Add(Next, 2)], [Add(Far, 3)]) { SparePages = 2 },
    ];

    /// <summary>Every key that the scenario knows.</summary>
    public ulong[] Keys => [.. Before.Concat(Threads.SelectMany(t => t)).Where(a => a.Kind is not (ActKind.Trim or ActKind.RemoveRange or ActKind.Enumerate)).Select(a => a.Key).Distinct().Order()];
}
