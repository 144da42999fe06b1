namespace Alloc.PageTable.Tests;

/// <summary>Every pattern of keys, so every kind of node, against a dictionary: with values of every size, and each stored key's 64 neighbours.</summary>
public unsafe class PatternOracleTests
{
    public static TheoryData<string> Patterns => [.. KeyPatterns.All.Keys];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_table_answers_as_a_dictionary_does_for_the_pattern(string pattern)
    {
        Run<ulong>(pattern, 3_000, 12_000, ReclaimMode.Rcu);
        Run<ulong>(pattern, 600, 5_000, ReclaimMode.None);
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Values_of_every_size_are_kept_for_the_pattern(string pattern)
    {
        Run<byte>(pattern, 500, 1_500);
        Run<Three>(pattern, 500, 1_500);
        Run<int>(pattern, 500, 1_500);
        Run<Five>(pattern, 500, 1_500);
        Run<Seven>(pattern, 500, 1_500);
        Run<long>(pattern, 500, 1_500);
        Run<Eight>(pattern, 500, 1_500);
        Run<Nine>(pattern, 500, 1_500);
        Run<Int128>(pattern, 500, 1_500);
        Run<Sized48>(pattern, 400, 1_000);
        Run<Sized1000>(pattern, 300, 700);
        Run<Sized3072>(pattern, 300, 500);
        Run<Sized4072>(pattern, 300, 500);
    }

    // Around every key of the pattern, and at both ends of the key space: the keys that a bucket cannot hold come to all of them.
    [Theory]
    [MemberData(nameof(Patterns))]
    public void The_first_and_the_last_keys_of_all_come_to_every_neighbourhood(string pattern)
    {
        ulong[] keys = KeyPatterns.Take(pattern, 400);
        ulong[] ends = [ulong.MaxValue, 0, ulong.MaxValue - 1, 1, ulong.MaxValue - 2];
        foreach (int count in new[] { 0, 1, 2, 3, 4, 30, 203, 204, 205, 400 })
        {
            using var fixture = new TableFixture<ulong>();
            var oracle = new SortedDictionary<ulong, ulong>();
            foreach (ulong key in keys.Take(count).Concat(ends).Concat(keys.Take(count).Select(key => ~key)))
            {
                fixture.Table[key] = key >> 2;
                oracle[key] = key >> 2;
            }
            AssertSame(fixture, oracle);
            foreach (ulong key in ends.Take(3))
            {
                Assert.True(fixture.Table.TryRemove(key, out _) && oracle.Remove(key));
                AssertSame(fixture, oracle);
            }
            fixture.Table.Trim();
            AssertSame(fixture, oracle, trimmed: true);
        }
    }

    private static void Run<TValue>(string pattern, int keys, int steps, ReclaimMode mode = ReclaimMode.Rcu) where TValue : unmanaged, IEquatable<TValue>
    {
        using var fixture = new TableFixture<TValue>(mode);
        RadixTable<TValue> table = fixture.Table;
        var oracle = new SortedDictionary<ulong, TValue>();
        var random = new Random(keys + sizeof(TValue));
        ulong[] pool = KeyPatterns.Take(pattern, TestScale.Of(keys));
        steps = TestScale.Of(steps);
        for (int step = 0; step < steps; step++)
        {
            // The window of keys in play moves over the pattern: ahead it grows, behind it shrinks.
            int front = (int)((long)step * pool.Length / steps);
            bool grows = random.Next(3) != 0;
            int at = grows ? front + random.Next(Math.Max(1, pool.Length / 8)) : front - random.Next(Math.Max(1, pool.Length / 2));
            ulong key = pool[Math.Clamp(at, 0, pool.Length - 1)];
            if (random.Next(50) == 0) key ^= 1UL << random.Next(64);
            TValue value = default;
            random.NextBytes(new Span<byte>(&value, sizeof(TValue)));
            bool has = oracle.TryGetValue(key, out TValue present);
            string what = $"{pattern}, step {step}, key {key:x}";
            switch (grows ? random.Next(4) : 2 + random.Next(6))
            {
                case 0:
                    table[key] = value;
                    oracle[key] = value;
                    break;
                case 1:
                    Assert.True(table.TryAdd(key, value) == !has, what);
                    oracle.TryAdd(key, value);
                    break;
                case 2:
                    Assert.True(table.TryUpdate(key, value, present) == has, what);
                    if (has) oracle[key] = value;
                    break;
                case 3:
                    Assert.True(table.TryGetValue(key, out TValue found) == has && (!has || found.Equals(present)), what);
                    break;
                case 4 when random.Next(20) == 0:
                    ulong last = key | (1UL << random.Next(1, 60)) - 1;
                    List<ulong> gone = [.. oracle.Keys.Where(k => k >= key && k <= last)];
                    Assert.True(gone.Count == table.RemoveRange(key, last), what);
                    gone.ForEach(k => oracle.Remove(k));
                    break;
                case 5:
                    Assert.True(table.TryRemove(key, present) == has, what);
                    oracle.Remove(key);
                    break;
                default:
                    Assert.True(table.TryRemove(key, out TValue removed) == has && (!has || removed.Equals(present)), what);
                    oracle.Remove(key);
                    break;
            }
            if (step % (steps / 3) == steps / 6) table.Trim();
        }
        AssertSame(fixture, oracle);
        Assert.Equal(oracle.Count, table.RemoveRange(0, ulong.MaxValue));
        oracle.Clear();
        AssertSame(fixture, oracle);
    }

    private static void AssertSame<TValue>(TableFixture<TValue> fixture, SortedDictionary<ulong, TValue> oracle, bool trimmed = false) where TValue : unmanaged
    {
        Assert.Equal(oracle.ToList(), fixture.Table.ToList());
        TreeCheck.AtRest(fixture.Table, fixture.Domain, fixture.Allocator, trimmed);
        BitNeighbours.AssertAnswered(fixture.Table, oracle);
    }
}
