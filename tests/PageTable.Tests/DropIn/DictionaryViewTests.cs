using System.Collections;

namespace Alloc.PageTable.Tests;

/// <summary>The contract of IDictionary and IReadOnlyDictionary, as .NET's own collection tests hold it against every implementation.</summary>
public class DictionaryViewTests
{
    private static readonly ulong[] Some = [0, 1, 511, 512, 1UL << 40, ulong.MaxValue];

    private static void With(Action<IDictionary<ulong, long>, RadixTable<long>> test, params ulong[] keys)
    {
        using var fixture = new TableFixture<long>();
        foreach (ulong key in keys) fixture.Table[key] = Value(key);
        test(fixture.Table.AsDictionary(), fixture.Table);
    }

    private static long Value(ulong key) => (long)(key % 1000) + 1;

    [Fact]
    public void It_is_no_copy_and_writes_through() => With((dictionary, table) =>
    {
        dictionary.Add(5, 50);
        dictionary[6] = 60;
        Assert.Equal((50, 60), (table[5], table[6]));
        table[7] = 70;
        Assert.Equal(3, dictionary.Count);
        Assert.True(dictionary.Remove(5));
        Assert.False(dictionary.Remove(5));
        Assert.False(table.ContainsKey(5));
        dictionary.Clear();
        Assert.True(table.IsEmpty);
        Assert.False(dictionary.IsReadOnly);
        Assert.Same(table, table.AsDictionary().Table);
    });

    [Fact]
    public void Adding_a_key_that_is_there_throws_and_leaves_its_value() => With((dictionary, _) =>
    {
        Assert.Contains("0x1", Assert.Throws<ArgumentException>("key", () => dictionary.Add(1, 5)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("item", () => dictionary.Add(KeyValuePair.Create(1ul, 5L)));
        Assert.Equal(Value(1), dictionary[1]);
    }, Some);

    [Fact]
    public void A_missing_key_throws_KeyNotFoundException_and_only_from_the_indexer() => With((dictionary, _) =>
    {
        Assert.Throws<KeyNotFoundException>(() => dictionary[77]);
        Assert.False(dictionary.TryGetValue(77, out long value));
        Assert.Equal(0, value);
        Assert.False(dictionary.ContainsKey(77));
        Assert.False(dictionary.Remove(77));
        Assert.True(dictionary.TryGetValue(ulong.MaxValue, out value));
        Assert.Equal(Value(ulong.MaxValue), value);
    }, Some);

    [Fact]
    public void An_entry_is_contained_and_removed_only_with_its_value() => With((dictionary, _) =>
    {
        Assert.True(dictionary.Contains(KeyValuePair.Create(511ul, Value(511))));
        Assert.False(dictionary.Contains(KeyValuePair.Create(511ul, Value(511) + 1)));
        Assert.False(dictionary.Contains(KeyValuePair.Create(513ul, 0L)));
        Assert.False(dictionary.Remove(KeyValuePair.Create(511ul, Value(511) + 1)));
        Assert.True(dictionary.ContainsKey(511));
        Assert.True(dictionary.Remove(KeyValuePair.Create(511ul, Value(511))));
        Assert.False(dictionary.ContainsKey(511));
    }, Some);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public void CopyTo_checks_its_arguments_and_copies_all_in_order(int entries) => With((dictionary, table) =>
    {
        Check(dictionary, [.. table]);
        Check(dictionary.Keys, [.. table.Select(entry => entry.Key)]);
        Check(dictionary.Values, [.. table.Select(entry => entry.Value)]);

        void Check<T>(ICollection<T> collection, T[] expected)
        {
            Assert.Equal(entries, expected.Length);
            Assert.Throws<ArgumentNullException>("array", () => collection.CopyTo(null!, 0));
            Assert.Throws<ArgumentOutOfRangeException>("arrayIndex", () => collection.CopyTo(new T[entries], -1));
            Assert.Throws<ArgumentOutOfRangeException>("arrayIndex", () => collection.CopyTo(new T[entries], int.MinValue));
            Assert.Throws<ArgumentException>("array", () => collection.CopyTo(new T[entries], entries + 1));
            if (entries > 0)
            {
                Assert.Throws<ArgumentException>("array", () => collection.CopyTo(new T[entries - 1], 0));
                Assert.Throws<ArgumentException>("array", () => collection.CopyTo(new T[entries], 1));
                Assert.Throws<ArgumentException>("array", () => collection.CopyTo(new T[entries], entries));
                Assert.Throws<ArgumentException>("array", () => collection.CopyTo(new T[entries], int.MaxValue));
            }
            var exact = new T[entries];
            collection.CopyTo(exact, 0);
            Assert.Equal(expected, exact);
            var room = new T[entries + 5];
            collection.CopyTo(room, 3);
            Assert.Equal([default!, default!, default!, .. expected, default!, default!], room);
        }
    }, Some[..entries]);

    [Fact]
    public void Keys_and_Values_are_read_only_views_in_order() => With((dictionary, table) =>
    {
        ICollection<ulong> keys = dictionary.Keys;
        ICollection<long> values = dictionary.Values;
        Assert.Equal(Some, keys);
        Assert.Equal(Some.Select(Value), values);
        table[3] = 33;
        Assert.Equal(Some.Length + 1, keys.Count);
        Assert.Equal(keys.Count, values.Count);
        Assert.True(keys.Contains(3) && values.Contains(33));
        Assert.False(keys.Contains(4) || values.Contains(34));
        table.TryRemove(3, out _);
        Assert.Equal(Some, keys);
        Assert.True(keys.IsReadOnly && values.IsReadOnly);
        foreach (Action change in new Action[]
        {
            () => keys.Add(9), () => keys.Remove(1), () => keys.Remove(99), keys.Clear,
            () => values.Add(9), () => values.Remove(2), () => values.Remove(99), values.Clear,
        })
        {
            Assert.Throws<NotSupportedException>(change);
        }
        Assert.Equal(Some, keys);
    }, Some);

    [Fact]
    public void The_read_only_interface_shows_the_same() => With((dictionary, table) =>
    {
        IReadOnlyDictionary<ulong, long> readOnly = table.AsDictionary();
        Assert.Equal(dictionary, readOnly);
        Assert.Equal(dictionary.Keys, readOnly.Keys);
        Assert.Equal(dictionary.Values, readOnly.Values);
        Assert.Equal(Some.Length, readOnly.Count);
        Assert.Equal(Value(512), readOnly[512]);
        Assert.True(readOnly.ContainsKey(512) && readOnly.TryGetValue(512, out long value) && value == Value(512));
        Assert.Throws<KeyNotFoundException>(() => readOnly[513]);
        Assert.Equal(-1, readOnly.GetValueOrDefault(513ul, -1));
    }, Some);

    [Fact]
    public void Enumerators_go_on_while_the_dictionary_changes() => With((dictionary, table) =>
    {
        foreach (IEnumerable sequence in new IEnumerable[] { dictionary, dictionary.Keys, dictionary.Values })
        {
            dictionary.Clear();
            foreach (ulong key in Some) dictionary.Add(key, Value(key));
            int seen = 0;
            foreach (object _ in sequence)
            {
                seen++;
                table.Clear(); // what the enumerator has copied already it still gives out
            }
            Assert.InRange(seen, 1, Some.Length);
            dictionary[5] = 5;
            Assert.Single(sequence);
        }
    });

    [Fact]
    public void Enumerators_of_nothing_and_past_the_end_answer_false_again_and_again() => With((dictionary, _) =>
    {
        foreach (IEnumerable sequence in new IEnumerable[] { dictionary, dictionary.Keys, dictionary.Values })
        {
            IEnumerator enumerator = sequence.GetEnumerator();
            Assert.False(enumerator.MoveNext());
            Assert.False(enumerator.MoveNext());
            Assert.Throws<NotSupportedException>(enumerator.Reset);
            (enumerator as IDisposable)?.Dispose();
            (enumerator as IDisposable)?.Dispose();
        }
    });

    [Fact]
    public void Two_enumerators_do_not_disturb_each_other() => With((dictionary, _) =>
    {
        var pairs = from a in dictionary from b in dictionary select (a.Key, b.Key);
        Assert.Equal(Some.Length * Some.Length, pairs.Distinct().Count());
    }, Some);

    [Fact]
    public void Methods_that_take_any_dictionary_take_it() => With((dictionary, table) =>
    {
        Assert.True(dictionary.TryAdd(2ul, 20L));
        Assert.False(dictionary.TryAdd(2ul, 21L));
        Assert.True(dictionary.Remove(2ul, out long removed));
        Assert.Equal(20, removed);
        Assert.Equal(table.ToArray(), new Dictionary<ulong, long>(dictionary).OrderBy(entry => entry.Key));
        Assert.Equal(table.ToArray(), [.. dictionary]);
        Assert.Equal(table.ToArray(), dictionary.AsReadOnly());
    }, Some);

    [Fact]
    public void After_the_table_is_disposed_every_member_throws_but_those_that_only_name_it()
    {
        var fixture = new TableFixture<long>();
        fixture.Table[1] = 1;
        RadixTableDictionary<long> dictionary = fixture.Table.AsDictionary();
        ICollection<ulong> keys = dictionary.Keys;
        ICollection<long> values = dictionary.Values;
        fixture.Dispose();
        Action[] uses =
        [
            () => _ = dictionary.Count, () => _ = dictionary[1], () => dictionary[1] = 2, () => dictionary.Add(1, 1), () => dictionary.Remove(1),
            () => dictionary.ContainsKey(1), () => dictionary.TryGetValue(1, out _), dictionary.Clear, () => dictionary.CopyTo(new KeyValuePair<ulong, long>[3], 0),
            () => dictionary.GetEnumerator(), () => _ = keys.Count, () => keys.GetEnumerator(), () => keys.Contains(1), () => values.Contains(1),
            () => values.CopyTo(new long[2], 0), () => ((IEnumerable)values).GetEnumerator(),
        ];
        foreach (Action use in uses) Assert.Throws<ObjectDisposedException>(use);
        Assert.Contains("disposed", dictionary.ToString(), StringComparison.Ordinal);
        Assert.False(dictionary.IsReadOnly || !keys.IsReadOnly);
    }
}
