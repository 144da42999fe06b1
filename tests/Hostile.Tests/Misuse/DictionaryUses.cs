using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Misuse;

/// <summary>What a table has of a dictionary, and its integers.</summary>
internal static class DictionaryUses
{
    private const string T = "RadixTable.";
    private const string D = "RadixTableDictionary.";
    private const string I = "RadixTableIntegers.";

    public static IReadOnlyList<Use> All { get; } =
    [
        new Use(T + "ctor(IEnumerable<KeyValuePair<UInt64,TValue>>,RadixTableOptions)", _ =>
        {
            using var domain = new RcuDomain();
            using var table = new RadixTable<ulong>([new(1, 2)], new RadixTableOptions { Domain = domain });
            Assert.Equal(2UL, table[1]);
        }).Always(),
        new Use(T + "ctor(Int32,Int32)", _ => new RadixTable<ulong>(4, 100).Dispose()).Always(),
        new Use(T + "get_Comparer()", s => Assert.NotNull(s.Table.Comparer)).MayAnswerDisposed(),
        new(T + "get_Keys()", s => Assert.InRange(s.Table.Keys.Count, 7, 8)),
        new(T + "get_Values()", s => Assert.InRange(s.Table.Values.Count, 7, 8)),
        new(T + "ToArray()", s => Assert.InRange(s.Table.ToArray().Length, 7, 8)),
        new Use(T + "AsDictionary()", s => Assert.NotNull(s.Table.AsDictionary())).MayAnswerDisposed(),
        new(T + "GetValueOrDefault(UInt64)", s => Assert.Equal(4UL, s.Table.GetValueOrDefault(3))),
        new(T + "GetValueOrDefault(UInt64,TValue)", s => Assert.Equal(9UL, s.Table.GetValueOrDefault(4, 9))),
        new(T + "Exchange(UInt64,TValue,TValue)", s => s.Table.Exchange(Site.Key, 1, out _)),

        new Use(D + "get_Table()", s => Assert.Same(s.Table, s.Table.AsDictionary().Table)).MayAnswerDisposed(),
        new(D + "get_Count()", s => Assert.InRange(s.Table.AsDictionary().Count, 7, 8)),
        new Use(D + "get_IsReadOnly()", s => Assert.False(s.Table.AsDictionary().IsReadOnly)).MayAnswerDisposed(),
        new Use(D + "get_Keys()", s => Assert.NotNull(s.Table.AsDictionary().Keys)).MayAnswerDisposed(),
        new Use(D + "get_Values()", s => Assert.NotNull(s.Table.AsDictionary().Values)).MayAnswerDisposed(),
        new(D + "get_Item(UInt64)", s => Assert.Equal(4UL, s.Table.AsDictionary()[3])),
        new(D + "set_Item(UInt64,TValue)", s => s.Table.AsDictionary()[Site.Key] = 1),
        new(D + "Add(UInt64,TValue)", s =>
        {
            s.Table.TryRemove(Site.Key, out _);
            s.Table.AsDictionary().Add(Site.Key, 1);
        }),
        new(D + "Add(KeyValuePair<UInt64,TValue>)", s =>
        {
            s.Table.TryRemove(Site.Key, out _);
            s.Table.AsDictionary().Add(new KeyValuePair<ulong, ulong>(Site.Key, 1));
        }),
        new(D + "ContainsKey(UInt64)", s => Assert.True(s.Table.AsDictionary().ContainsKey(3))),
        new(D + "Contains(KeyValuePair<UInt64,TValue>)", s => Assert.Equal(4UL, s.Table.AsDictionary().Contains(new(3, 9)) ? 9UL : 4UL)),
        new(D + "TryGetValue(UInt64,TValue)", s => Assert.True(s.Table.AsDictionary().TryGetValue(3, out _))),
        new(D + "Remove(UInt64)", s => s.Table.AsDictionary().Remove(Site.Key)),
        new(D + "Remove(KeyValuePair<UInt64,TValue>)", s => Assert.False(s.Table.AsDictionary().Remove(new KeyValuePair<ulong, ulong>(3, 9)))),
        new(D + "Clear()", s =>
        {
            s.Table.AsDictionary().Clear();
            s.Emptied = true;
        }),
        new(D + "CopyTo(KeyValuePair,Int32)", s => s.Table.AsDictionary().CopyTo(new KeyValuePair<ulong, ulong>[20], 1)),
        new(D + "GetEnumerator()", s =>
        {
            int count = 0;
            foreach (KeyValuePair<ulong, ulong> entry in s.Table.AsDictionary()) count++;
            Assert.InRange(count, 7, 8);
        }),
        new Use(D + "ToString()", s => Assert.NotEmpty(s.Table.AsDictionary().ToString()!)).MayAnswerDisposed(),

        new(I + "Increment(RadixTable<TValue>,UInt64)", s => s.Table.Increment(Site.Key)),
        new(I + "Decrement(RadixTable<TValue>,UInt64)", s => s.Table.Decrement(Site.Key)),
        new(I + "Add(RadixTable<TValue>,UInt64,TValue)", s => s.Table.Add(Site.Key, 5UL)),
        new(I + "And(RadixTable<TValue>,UInt64,TValue)", s => s.Table.And(Site.Key, 5UL)),
        new(I + "Or(RadixTable<TValue>,UInt64,TValue)", s => s.Table.Or(Site.Key, 5UL)),
    ];
}
