using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Misuse;

internal static class TableUses
{
    private const string T = "RadixTable.";

    public static IReadOnlyList<Use> All { get; } =
    [
        new Use(T + "ctor(RadixTableOptions)", _ =>
        {
            using var domain = new RcuDomain(); // its disposal waits, in a domain of which this is no callback
            new RadixTable<ulong>(new RadixTableOptions { Domain = domain }).Dispose();
        }).Always(),
        new(T + "get_Count()", s => Assert.True(s.Table.Count >= Site.Permanent.Length)),
        new(T + "get_IsEmpty()", s => Assert.False(s.Table.IsEmpty)),
        new(T + "GetStatistics()", s => Assert.True(s.Table.GetStatistics().Entries > 0)),
        new(T + "Trim()", s => s.Table.Trim()),
        new(T + "Trim(Int64)", s => Assert.True(s.Table.Trim(1000))),
        new Use(T + "ToString()", s => Assert.NotEmpty(s.Table.ToString())).Always(),
        new(T + "GetEnumerator()", s =>
        {
            foreach (KeyValuePair<ulong, ulong> entry in s.Table) Assert.True(entry.Key == Site.Key || entry.Value == entry.Key + 1);
        }),
        new(T + "EnumerateRange(UInt64,UInt64)", s => Assert.Equal(3, s.Table.EnumerateRange(0, 511).Count(e => e.Key != Site.Key))),
        new("RadixTable+RangeEnumerable.GetEnumerator()", s =>
        {
            int count = 0;
            foreach (KeyValuePair<ulong, ulong> entry in s.Table.EnumerateRange(512, ulong.MaxValue)) count++;
            Assert.Equal(4, count);
        }),
        new("RadixTable+Enumerator.get_Current()", s =>
        {
            RadixTable<ulong>.Enumerator enumerator = s.Table.GetEnumerator();
            Assert.True(enumerator.MoveNext());
            Assert.Equal(1UL, enumerator.Current.Value);
        }),
        new("RadixTable+Enumerator.MoveNext()", s => Assert.True(s.Table.GetEnumerator().MoveNext())),
        new Use("RadixTable+Enumerator.Reset()", s =>
        {
            // Not supported, and it says so, also of a default one.
            Assert.Throws<NotSupportedException>(() => default(RadixTable<ulong>.Enumerator).Reset());
        }).Always(),
        new Use("RadixTable+Enumerator.Dispose()", s => default(RadixTable<ulong>.Enumerator).Dispose()).Always(),
        new(T + "TryGetValue(UInt64,TValue)", s => Assert.True(s.Table.TryGetValue(3, out ulong four) && four == 4)),
        new(T + "TryGetValue(ReadSection,UInt64,TValue)", s =>
        {
            using ReadSection section = s.Domain.Enter();
            // A hit does not look whether the table was disposed; in a disposed one nothing is hit.
            Assert.True(s.Table.TryGetValue(in section, 3, out ulong four) && four == 4);
        }),
        new(T + "ContainsKey(UInt64)", s => Assert.True(s.Table.ContainsKey(ulong.MaxValue))),
        new(T + "get_Item(UInt64)", s => Assert.Equal(0UL, s.Table[ulong.MaxValue])),
        new(T + "set_Item(UInt64,TValue)", s => s.Table[Site.Key] = 1),
        new(T + "TryAdd(UInt64,TValue)", s => Assert.False(s.Table.TryAdd(3, 9))),
        new(T + "TryUpdate(UInt64,TValue,TValue)", s => Assert.True(s.Table.TryUpdate(3, 4, 4))),
        new(T + "TryRemove(UInt64,TValue)", s => s.Table.TryRemove(Site.Key, out _)),
        new(T + "TryRemove(KeyValuePair<UInt64,TValue>)", s => Assert.False(s.Table.TryRemove(new KeyValuePair<ulong, ulong>(3, 5)))),
        new(T + "GetOrAdd(UInt64,TValue)", s => Assert.Equal(4UL, s.Table.GetOrAdd(3, 9))),
        new(T + "GetOrAdd(UInt64,Func<UInt64,TValue>)", s => s.Table.GetOrAdd(Site.Key, static key => key)),
        new(T + "GetOrAdd(UInt64,Func<UInt64,TArg,TValue>,TArg)", s => s.Table.GetOrAdd(Site.Key, static (key, one) => key + one, 1UL)),
        new(T + "AddOrUpdate(UInt64,TValue,Func<UInt64,TValue,TValue>)", s => s.Table.AddOrUpdate(Site.Key, 1, static (_, present) => present + 1)),
        new(T + "AddOrUpdate(UInt64,Func<UInt64,TValue>,Func<UInt64,TValue,TValue>)", s => s.Table.AddOrUpdate(Site.Key, static key => key, static (_, present) => present + 1)),
        new(T + "AddOrUpdate(UInt64,Func<UInt64,TArg,TValue>,Func<UInt64,TValue,TArg,TValue>,TArg)",
            s => s.Table.AddOrUpdate(Site.Key, static (_, one) => one, static (_, present, one) => present + one, 1UL)),
        new(T + "RemoveRange(UInt64,UInt64)", s => Assert.InRange(s.Table.RemoveRange(Site.Key, Site.Key), 0, 1)),
        new(T + "Clear()", s =>
        {
            s.Table.Clear();
            s.Emptied = true;
        }),
        new Use(T + "Dispose()", s => s.Table.Dispose()) { Disposed = null }.Waits(),
        new Use(T + "DisposeAsync()", s => Assert.True(s.Table.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(60)))) { Disposed = null }.Waits(),
    ];
}
