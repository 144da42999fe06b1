using Alloc.PageTable;

namespace Alloc.Hostile.Tests.Misuse;

/// <summary>Ordered queries, scans, cursors, ids, many keys at once.</summary>
internal static class OrderUses
{
    private const string T = "RadixTable.";
    private const string C = "RadixTable+Cursor.";

    public static IReadOnlyList<Use> All { get; } =
    [
        new(T + "TryGetFirst(UInt64,TValue)", s => Assert.True(s.Table.TryGetFirst(out ulong key, out ulong one) && (key, one) == (0, 1))),
        new(T + "TryGetLast(UInt64,TValue)", s => Assert.True(s.Table.TryGetLast(out ulong key, out _) && key == ulong.MaxValue)),
        new(T + "TryGetCeiling(UInt64,UInt64,TValue)", s => Assert.True(s.Table.TryGetCeiling(513, out ulong key, out _) && key == 1UL << 40)),
        new(T + "TryGetFloor(UInt64,UInt64,TValue)", s => Assert.True(s.Table.TryGetFloor(511, out ulong key, out _) && key == 511)),
        new(T + "TryGetHigher(UInt64,UInt64,TValue)", s => Assert.False(s.Table.TryGetHigher(ulong.MaxValue, out _, out _))),
        new(T + "TryGetLower(UInt64,UInt64,TValue)", s => Assert.False(s.Table.TryGetLower(0, out _, out _))),
        new(T + "CountRange(UInt64,UInt64)", s => Assert.Equal(4, s.Table.CountRange(512, ulong.MaxValue))),
        new(T + "CopyTo(UInt64,UInt64,Span<UInt64>,Span<TValue>)", s =>
        {
            var keys = new ulong[3];
            var values = new ulong[3];
            Assert.Equal(3, s.Table.CopyTo(512, ulong.MaxValue, keys, values));
            Assert.Equal([512, 1UL << 40, 1UL << 63], keys);
        }),
        new(T + "CopyTo(Span<KeyValuePair<UInt64,TValue>>)", s => Assert.InRange(s.Table.CopyTo(new KeyValuePair<ulong, ulong>[20]), 7, 8)),
        new(T + "Scan(UInt64,UInt64,TVisitor)", s =>
        {
            var counter = new Counter();
            Assert.True(s.Table.Scan(512, ulong.MaxValue, ref counter));
            Assert.Equal(4, counter.Count);
        }),
        new Use("IScanVisitor.Visit(ReadOnlySpan<UInt64>,ReadOnlySpan<TValue>)", _ => Assert.True(Visit(new Counter()))).Always(),
        new(T + "EnumerateDescending()", s => Assert.Equal(ulong.MaxValue, s.Table.EnumerateDescending().First().Key)),
        new(T + "EnumerateRangeDescending(UInt64,UInt64)", s => Assert.Equal(4, s.Table.EnumerateRangeDescending(512, ulong.MaxValue).Count())),
        new("RadixTable+DescendingEnumerable.GetEnumerator()", s =>
        {
            int count = 0;
            foreach (KeyValuePair<ulong, ulong> entry in s.Table.EnumerateRangeDescending(512, ulong.MaxValue)) count++;
            Assert.Equal(4, count);
        }),
        new("RadixTable+DescendingEnumerator.get_Current()", s =>
        {
            RadixTable<ulong>.DescendingEnumerator enumerator = s.Table.EnumerateDescending().GetEnumerator();
            Assert.True(enumerator.MoveNext());
            Assert.Equal(ulong.MaxValue, enumerator.Current.Key);
        }),
        new("RadixTable+DescendingEnumerator.MoveNext()", s => Assert.True(s.Table.EnumerateDescending().GetEnumerator().MoveNext())),
        new Use("RadixTable+DescendingEnumerator.Reset()", _ =>
            Assert.Throws<NotSupportedException>(() => default(RadixTable<ulong>.DescendingEnumerator).Reset())).Always(),
        new Use("RadixTable+DescendingEnumerator.Dispose()", _ => default(RadixTable<ulong>.DescendingEnumerator).Dispose()).Always(),

        new(T + "OpenCursor()", s => s.Table.OpenCursor().Dispose()),
        new(C + "get_Key()", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => Assert.Equal(3UL, c.Key))),
        new(C + "get_HasValue()", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => Assert.True(c.HasValue))),
        new(C + "get_Value()", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => Assert.Equal(4UL, c.Value))),
        new(C + "TryGetValue(UInt64,TValue)", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => Assert.True(c.TryGetValue(0, out ulong one) && one == 1))),
        new(C + "MoveTo(UInt64)", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => Assert.True(c.MoveTo(ulong.MaxValue)))),
        new(C + "MoveNext()", s => At(s, 511, static (ref RadixTable<ulong>.Cursor c) => Assert.True(c.MoveNext() && c.Key == 512))),
        new(C + "MovePrevious()", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => Assert.True(c.MovePrevious() && c.Key == 0))),
        new(C + "MoveToCeiling(UInt64)", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => Assert.True(c.MoveToCeiling(513) && c.Key == 1UL << 40))),
        new(C + "MoveToFloor(UInt64)", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => Assert.True(c.MoveToFloor(ulong.MaxValue - 1) && c.Key == 1UL << 63))),
        new(C + "Set(TValue)", s => At(s, Site.Key, static (ref RadixTable<ulong>.Cursor c) => c.Set(1))),
        new(C + "Refresh()", s => At(s, 3, static (ref RadixTable<ulong>.Cursor c) => c.Refresh())),
        new Use(C + "Dispose()", _ => default(RadixTable<ulong>.Cursor).Dispose()).Always(),

        new(T + "TryFindFirstFree(UInt64,UInt64,UInt64)", s => Assert.True(s.Table.TryFindFirstFree(511, 600, out ulong key) && key == 513)),
        new(T + "TryAllocateKey(UInt64,UInt64,TValue,UInt64)", s => s.Table.TryAllocateKey(Site.Key, Site.Key, 1, out _)),
        new(T + "TryAllocateKeyCyclic(UInt64,UInt64,UInt64,TValue,UInt64)", s =>
        {
            ulong next = Site.Key;
            s.Table.TryAllocateKeyCyclic(Site.Key, Site.Key, ref next, 1, out _);
        }),

        new(T + "TryGetValues(ReadOnlySpan<UInt64>,Span<TValue>,Span<Boolean>)", s => Assert.Equal(2, s.Table.TryGetValues([3, 4, 511], new ulong[3], new bool[3]))),
        new(T + "SetRange(ReadOnlySpan<UInt64>,ReadOnlySpan<TValue>)", s => s.Table.SetRange([Site.Key, 3], [1, 4])),
        new(T + "AddRange(ReadOnlySpan<UInt64>,ReadOnlySpan<TValue>)", s => Assert.InRange(s.Table.AddRange([Site.Key, 3], [1, 4]), 0, 1)),
        new Use(T + "LoadSorted(ReadOnlySpan<UInt64>,ReadOnlySpan<TValue>,RadixTableOptions)", _ =>
        {
            using RadixTable<ulong> table = RadixTable<ulong>.LoadSorted([1, 2, ulong.MaxValue], [1, 2, 3]);
            Assert.Equal(3, table.Count);
        }).Always(),
        new(T + "SaveTo(Stream)", s => Assert.True(s.Table.SaveTo(new MemoryStream()) > 0)),
        new(T + "SaveToAsync(Stream,CancellationToken)", s => Assert.True(s.Table.SaveToAsync(new MemoryStream()).GetAwaiter().GetResult() > 0)),
        new Use(T + "LoadFrom(Stream,RadixTableOptions)", _ =>
        {
            using RadixTable<ulong> table = RadixTable<ulong>.LoadFrom(Saved());
            Assert.Equal(2UL, table[1]);
        }).Always(),
        new Use(T + "LoadFromAsync(Stream,RadixTableOptions,CancellationToken)", _ =>
        {
            using RadixTable<ulong> table = RadixTable<ulong>.LoadFromAsync(Saved()).GetAwaiter().GetResult();
            Assert.Equal(2UL, table[1]);
        }).Always(),
    ];

    private delegate void OnCursor(ref RadixTable<ulong>.Cursor cursor);

    private static void At(Site site, ulong key, OnCursor use)
    {
        RadixTable<ulong>.Cursor cursor = site.Table.OpenCursor();
        try
        {
            cursor.MoveTo(key);
            use(ref cursor);
        }
        finally
        {
            cursor.Dispose();
        }
    }

    private static MemoryStream Saved()
    {
        using var table = new RadixTable<ulong>([new(1, 2)]);
        var stream = new MemoryStream();
        table.SaveTo(stream);
        stream.Position = 0;
        return stream;
    }

    private static bool Visit<TVisitor>(TVisitor visitor) where TVisitor : IScanVisitor<ulong> => visitor.Visit([1], [2]);

    private struct Counter : IScanVisitor<ulong>
    {
        public int Count;

        public bool Visit(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
        {
            Count += keys.Length;
            return true;
        }
    }
}
