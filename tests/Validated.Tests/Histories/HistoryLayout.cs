namespace Alloc.Validated.Tests.Histories;

/// <summary>The keys that a batch of histories is about, and what lies beside them, so that they share nodes with it.</summary>
internal sealed record HistoryLayout(ulong[] Keys, params ulong[] Background)
{
    /// <summary>Whether the background begins in leaf tables.</summary>
    public bool InLeafTables { get; init; }

    /// <summary>Keys of one node, of neighbouring ones, and such as part ways high up; and nodes of each kind that the next key changes.</summary>
    public static readonly HistoryLayout[] All =
    [
        new([511]),
        new([510, 511, 505]),
        new([511, 512]),
        new([511, 512, 1024]),
        new([3, (1UL << 18) + 3]),
        new([3, 4, 1UL << 40]),
        new([3, 1UL << 27, 1UL << 54]),
        new([0, 1UL << 63, ulong.MaxValue]),
        new([511, 512, 1024], 505, 1030) { InLeafTables = true },
        new([3, 4, 1UL << 40], 5) { InLeafTables = true },
        // A full group; a bucket that is about to be crowded; one that becomes a directory at the root, and a narrow one below.
        new([Scattered(3), Scattered(4), Scattered(5)], [.. Scattered(0, 3)]),
        new([Scattered(102), Scattered(103), Scattered(104)], [.. Scattered(0, 102)]),
        new([Scattered(204), Scattered(205), Scattered(206)], [.. Scattered(0, 204)]),
        new([(1UL << 40) + Scattered(204), (1UL << 40) + Scattered(205), 1UL << 41], [.. Scattered(0, 204).Select(key => (1UL << 40) + key), 3]),
        new([ulong.MaxValue, ulong.MaxValue - 1, ulong.MaxValue - 2], [.. Scattered(0, 5).Select(key => ulong.MaxValue - 3 - key)]),
        // A bucket that becomes a run; a run that grows at both ends, that becomes a leaf table, that becomes a bucket; a leaf table beside a full one.
        new([11, 13, 15], 10, 12, 14),
        new([107, 119, 120], [.. Dense(108, 11)]),
        new([1274, 1275, 1023], [.. Dense(1024, 250)]),
        new([519, 5000, 521], [.. Dense(500, 19)]),
        new([510, 511, 512], [.. Dense(0, 510)]),
    ];

    private static ulong Scattered(int i) => (ulong)i * 0x9E3779B97F4A7C15 >> 40;

    private static IEnumerable<ulong> Scattered(int from, int count) => Enumerable.Range(from, count).Select(i => Scattered(i));

    private static IEnumerable<ulong> Dense(ulong first, int count) => Enumerable.Range(0, count).Select(i => first + (ulong)i);
}
