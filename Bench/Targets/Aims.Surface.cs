namespace Alloc.Bench.Targets;

/// <content>What is aimed at beyond single keys: neighbours, scans, batches, the cursor, loading, ids, snapshots.</content>
internal static partial class Aims
{
    public const string Ceiling = "ceiling of an absent key, neighbour in its node";
    public const string Floor = "floor of an absent key, neighbour in its node";
    public const string CeilingFar = "ceiling of a key far from all";
    public const string First = "first entry";
    public const string CountAll = "CountRange over all, an entry";
    public const string ScanVisitor = "Scan with a visitor, an entry";
    public const string CopyOut = "CopyTo, an entry";
    public const string Batched = "TryGetValues";
    public const string LoadSorted = "LoadSorted, an entry";
    public const string SetMany = "SetRange over present keys";
    public const string AddMany = "AddRange, in the order given";
    public const string CursorProbes = "cursor, sorted probes";
    public const string CursorSteps = "cursor, MoveNext over all";
    public const string Increment = "Increment";

    public const string Hit = "hit, plain call";
    public const string Foreach = "foreach";
    public const string SeparateLookups = "separate lookups, sorted";
    public const string SeparateSets = "separate sets";
    public const string Higher = "TryGetHigher from key to key";

    public const string LoadSortedTime = "LoadSorted, ns an entry";
    public const string Ids = "dense ids from the lowest free one, ns an id";
    public const string IdsInGaps = "ids that were given back, ns an id";
    public const string SnapshotBytes = "snapshot bytes an entry";
    public const string Save = "SaveTo, ns an entry";
    public const string Load = "LoadFrom, ns an entry";

    private const double OfTwoAndAHalf = 1 / 2.5, OfThree = 1 / 3.0;

    private static readonly (string Operation, string Peer, double[] Least)[] SurfaceFactors =
    [
        (Ceiling, Hit, [OfThree, OfThree, OfThree, OfThree]),
        (Floor, Hit, [OfThree, OfThree, OfThree, OfThree]),
        (Batched, Map, [5, 3, 2, 2]),
        (Batched, Flat, [OfTwoAndAHalf, double.NaN, double.NaN, double.NaN]),
        (CursorProbes, SeparateLookups, [3, 3, 3, 3]),
    ];

    private static readonly (string Figure, double[] Most)[] SurfaceFigures =
    [
        (LoadSortedTime, [5, double.NaN, double.NaN, double.NaN]),
        (Ids, [1000, double.NaN, double.NaN, double.NaN]),
        (SnapshotBytes, [double.NaN, 9.5, double.NaN, double.NaN]),
    ];
}
