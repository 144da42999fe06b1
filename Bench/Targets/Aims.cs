namespace Alloc.Bench.Targets;

/// <summary>What is aimed at, for each pattern of keys: factors over a peer (at least), and figures of the table alone (at most, unless said).</summary>
internal static partial class Aims
{
    public const string HitThroughReader = "hit, a section a lookup through a reader";
    public const string HitInOneSection = "hit, one shared section";
    public const string HitPlain = "hit, plain call";
    public const string Chain = "dependent hit";
    public const string MissInside = "miss, absent key of a populated node";
    public const string MissOutside = "miss, outside";
    public const string Insert = "insert, in the order given";
    public const string Overwrite = "overwrite";
    public const string Remove = "remove";
    public const string Range = "RemoveRange of all but the ends, an entry";
    public const string Scan = "ordered scan";
    public const string HalfInCells = "hit, every second value in a cell";

    public const string Map = "hash map";
    public const string SortedMap = "hash map, sorted";
    public const string Flat = "flat array";
    public const string RemoveInOrder = "removing in order";
    public const string AllInline = "all inline";

    public const string Resident = "resident bytes an entry";
    public const string Live = "live bytes an entry";
    public const string ResidentShuffled = "resident bytes an entry, inserted in shuffled order";
    public const string LiveShuffled = "live bytes an entry, inserted in shuffled order";
    public const string WorstWindow = "worst 1,024 inserts, shuffled order, ns of processor time";
    public const string Collection = "full blocking collection, ns";
    public const string CollectionWithMap = "full blocking collection with the hash map, ns";
    public const string MapBytes = "the hash map, bytes an entry";
    public const string CellBytes = "live bytes an entry, every second value in a cell";
    public const string FlatReaders = "two readers over one, flat array";
    public const string TableReaders = "two readers over one, table";
    public const string DisjointInserts = "two inserting threads over one, disjoint regions";
    public const string TailInserts = "two inserting threads over one, one ascending tail";
    public const string BesideWriter = "reader beside a mapping and unmapping writer, over alone";

    private const double Millisecond = 1e6;

    // Rows of the table in the order of its columns: dense, clustered, sixteenth, random64. Not a number: published, no aim.
    private static readonly string[] Columns = ["dense", "clustered", "sixteenth", "random64"];

    private static readonly (string Operation, string Peer, double[] Least)[] Factors =
    [
        (HitThroughReader, Map, [1.9, 1.5, 1.1, 1]),
        (HitInOneSection, Map, [2.1, double.NaN, double.NaN, double.NaN]),
        (HitPlain, Map, [1.6, 1.3, 1, 0.9]),
        (Chain, Map, [2.7, 2, 2, 1.8]),
        (MissInside, Map, [2, 1.5, 1.1, 1]),
        (MissOutside, Map, [4, double.NaN, double.NaN, double.NaN]),
        (Insert, Map, [5, 7, 2.2, 2.2]),
        (Overwrite, Map, [2.3, 1.6, 1.5, 1.4]),
        (Remove, Map, [2, 1.2, 1, 1]),
        (Range, RemoveInOrder, [2.5, 2, 2, 2]),
        (Scan, Map, [1, 0.7, double.NaN, double.NaN]),
        (Scan, SortedMap, [25, 15, 5, 5]),
    ];

    private static readonly (string Figure, double[] Most)[] Figures =
    [
        (Resident, [8.3, 12.9, 24, 24.5]),
        (WorstWindow, [2 * Millisecond, 2 * Millisecond, 5 * Millisecond, 5 * Millisecond]),
        (Collection, [Millisecond, double.NaN, double.NaN, double.NaN]),
    ];

    /// <summary>The least factor over a peer; null where there is no aim.</summary>
    public static double? Least(string pattern, string operation, string peer) =>
        Of(pattern, Array.Find([.. Factors, .. SurfaceFactors], row => row.Operation == operation && row.Peer == peer).Least);

    /// <summary>The most that a figure of the table alone may be; null where there is no aim.</summary>
    public static double? Most(string pattern, string figure) => Of(pattern, Array.Find([.. Figures, .. SurfaceFigures], row => row.Figure == figure).Most);

    private static double? Of(string pattern, double[]? aims) =>
        Array.IndexOf(Columns, pattern) is var column and >= 0 && aims is not null && double.IsFinite(aims[column]) ? aims[column] : null;
}
