namespace Alloc.PageTable.Tests;

/// <summary>Many lookups at once answer as each alone would, over every kind of node.</summary>
public class BatchedLookupTests
{
    public static TheoryData<string> Patterns => [.. KeyPatterns.All.Keys];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Many_keys_at_once_are_found_as_each_alone_is(string pattern)
    {
        Run<ulong>(pattern, key => key >> 3);
        Run<Wide>(pattern, key => WideValues.Make(key, 3));
    }

    private static void Run<TValue>(string pattern, Func<ulong, TValue> make) where TValue : unmanaged, IEquatable<TValue>
    {
        foreach (int count in new[] { 0, 1, 3, 40, 205, 5_000 })
        {
            using var fixture = new TableFixture<TValue>();
            RadixTable<TValue> table = fixture.Table;
            ulong[] keys = KeyPatterns.Take(pattern, Math.Max(count, 8));
            foreach (ulong key in keys.Take(count)) table[key] = make(key);
            var random = new Random(count);
            for (int length = 0; length <= 100; length++)
            {
                ulong[] asked = new ulong[length];
                for (int i = 0; i < length; i++) asked[i] = random.Next(3) == 0 ? keys[random.Next(keys.Length)] ^ 1UL << random.Next(64) : keys[random.Next(keys.Length)];
                if (length > 2) asked[1] = asked[length - 1]; // the same key twice
                var values = new TValue[length + 3];
                bool[] found = new bool[length + 3];
                found.AsSpan(length).Fill(true);
                int hits = table.TryGetValues(asked, values, found);
                for (int i = 0; i < length; i++)
                {
                    bool has = table.TryGetValue(asked[i], out TValue value);
                    Assert.True(found[i] == has && values[i].Equals(value), $"{pattern}, {count} keys, {asked[i]:x} at {i} of {length}");
                }
                Assert.Equal(found.Take(length).Count(hit => hit), hits);
                // Behind the keys nothing is written.
                Assert.True(found[length] && found[length + 1] && found[length + 2] && values[length].Equals(default));
            }
        }
    }

    [Fact]
    public void Result_spans_that_are_too_short_throw_and_nothing_is_written()
    {
        using var fixture = new TableFixture<int>();
        fixture.Table[1] = 5;
        ulong[] keys = [1, 2];
        int[] values = [9, 9];
        bool[] found = [true, true];
        Assert.Throws<ArgumentException>(() => fixture.Table.TryGetValues(keys, values.AsSpan(0, 1), found));
        Assert.Throws<ArgumentException>(() => fixture.Table.TryGetValues(keys, values, found.AsSpan(0, 1)));
        Assert.Equal([9, 9], values);
        Assert.Equal([true, true], found);
    }

    [Fact]
    public void A_disposed_table_throws_also_when_nothing_is_asked()
    {
        using var fixture = new TableFixture<int>();
        fixture.Table[1] = 5;
        fixture.Table.Dispose();
        Assert.Throws<ObjectDisposedException>(() => fixture.Table.TryGetValues([1, 2], new int[2], new bool[2]));
        Assert.Throws<ObjectDisposedException>(() => fixture.Table.TryGetValues([], [], []));
    }

    [Fact]
    public void Keys_that_stay_are_found_by_every_batch_while_their_nodes_are_replaced()
    {
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        ulong[] staying = [.. Neighbourhoods.All.SelectMany(keys => keys.Where((_, i) => i % 5 == 0))];
        ulong[] passing = [.. Neighbourhoods.All.SelectMany(keys => keys.Where((_, i) => i % 5 != 0))];
        foreach (ulong key in staying) table[key] = MixedValues.Make(key, 0);
        bool stop = false;
        Crew.Run(
            () =>
            {
                var random = new Random(1);
                for (uint round = 0; round < TestScale.Of(60); round++)
                {
                    int start = random.Next(passing.Length), count = random.Next(passing.Length);
                    for (int i = 0; i < count; i++)
                    {
                        ulong key = passing[(start + i) % passing.Length];
                        if (round % 2 == 0) table[key] = MixedValues.Make(key, round);
                        else table.TryRemove(key, out _);
                    }
                    if (round % 3 == 0) table.Trim();
                }
                Volatile.Write(ref stop, true);
            },
            () =>
            {
                var random = new Random(2);
                var keys = new ulong[90];
                var values = new ulong[90];
                bool[] found = new bool[90];
                while (!Volatile.Read(ref stop))
                {
                    for (int i = 0; i < keys.Length; i++) keys[i] = i % 3 == 0 ? passing[random.Next(passing.Length)] : staying[random.Next(staying.Length)];
                    table.TryGetValues(keys, values, found);
                    for (int i = 0; i < keys.Length; i++)
                    {
                        Assert.True(found[i] || i % 3 == 0, $"{keys[i]:x} was there all the time");
                        if (found[i]) Assert.True(MixedValues.Belongs(values[i], keys[i]));
                    }
                }
            });
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }
}
