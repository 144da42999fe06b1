namespace Alloc.PageTable.Tests;

/// <summary>Long random sequences against a dictionary, for values of every size, in every mode.</summary>
public unsafe class OracleTests
{
    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void A_table_of_ulong_answers_as_a_sorted_dictionary_does(ReclaimMode mode)
    {
        for (int seed = 0; seed < 3; seed++) Run(seed, mode, TestScale.Of(12_000), random => (ulong)random.NextInt64() << random.Next(3));
    }

    [Fact]
    public void A_table_answers_as_a_sorted_dictionary_does_for_values_of_every_size()
    {
        RunBytes<byte>();
        RunBytes<Three>();
        RunBytes<int>();
        RunBytes<Five>();
        RunBytes<Seven>();
        RunBytes<long>();
        RunBytes<Eight>();
        RunBytes<Nine>();
        RunBytes<Int128>();
        RunBytes<Sized48>();
        RunBytes<Sized1000>();
        RunBytes<Sized3072>();
        RunBytes<Sized4072>();
    }

    private static void RunBytes<TValue>() where TValue : unmanaged, IEquatable<TValue> => Run(7, ReclaimMode.Rcu, TestScale.Of(2_500), random =>
    {
        TValue value = default;
        random.NextBytes(new Span<byte>(&value, sizeof(TValue)));
        return value;
    });

    private static void Run<TValue>(int seed, ReclaimMode mode, int steps, Func<Random, TValue> make) where TValue : unmanaged, IEquatable<TValue>
    {
        using var fixture = new TableFixture<TValue>(mode);
        RadixTable<TValue> table = fixture.Table;
        var oracle = new SortedDictionary<ulong, TValue>();
        var random = new Random(seed);
        var keys = new KeySource(random);
        for (int step = 0; step < steps; step++)
        {
            ulong key = keys.Next();
            TValue value = make(random);
            bool has = oracle.TryGetValue(key, out TValue present);
            bool shrinking = step / 2000 % 2 == 1;
            string what = $"seed {seed}, step {step}, key {key:x}";
            switch (shrinking ? 4 + random.Next(5) : random.Next(8))
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
                    Assert.Equal(has ? present : value, table.GetOrAdd(key, value));
                    oracle.TryAdd(key, value);
                    break;
                case 3:
                    Assert.Equal(value, table.AddOrUpdate(key, value, (_, _) => value));
                    oracle[key] = value;
                    break;
                case 4:
                    Assert.True(table.TryUpdate(key, value, present) == has, what);
                    if (has) oracle[key] = value;
                    break;
                case 5 when step % 16 == 0:
                    ulong last = key + (ulong)random.Next(2000);
                    if (last < key) last = ulong.MaxValue;
                    List<ulong> gone = [.. oracle.Keys.Where(k => k >= key && k <= last)];
                    Assert.Equal(gone.Count, table.RemoveRange(key, last));
                    gone.ForEach(k => oracle.Remove(k));
                    break;
                case 6:
                    Assert.True(table.TryRemove(key, present) == has, what);
                    oracle.Remove(key);
                    break;
                case 7:
                    Assert.True(table.TryRemove(key, out TValue removed) == has, what);
                    if (has) Assert.Equal(present, removed);
                    oracle.Remove(key);
                    break;
                default:
                    Assert.True(table.TryGetValue(key, out TValue found) == has, what);
                    Assert.True(table.ContainsKey(key) == has, what);
                    if (has) Assert.Equal(present, found);
                    break;
            }
            Assert.Equal(oracle.Count, table.Count);
            if (step % 1500 == 1499) table.Trim();
        }
        Assert.Equal(oracle.ToList(), table.ToList());
        BitNeighbours.AssertAnswered(table, oracle, $"seed {seed}:");
        table.Clear();
        RadixTableStatistics empty = fixture.StatisticsAtRest();
        Assert.Equal(0, empty.Entries);
        Assert.Equal(0, empty.Cells);
        Assert.Equal(0, empty.PendingBytes);
        if (mode == ReclaimMode.None) Assert.True(empty.Tables > 0);
        else Assert.Equal(0, empty.TableBytes);
    }

    /// <summary>Keys that crowd, that lie alone, that lie at the borders; half of the time one that was used before.</summary>
    private sealed class KeySource(Random random)
    {
        private readonly ulong[] _bases = [.. Enumerable.Range(0, 10).Select(_ => (ulong)random.NextInt64() >> random.Next(60)), ulong.MaxValue - 600, 1UL << 63];
        private readonly List<ulong> _used = [];

        public ulong Next()
        {
            ulong key = _used.Count > 0 && random.Next(2) == 0 ? _used[random.Next(_used.Count)] : Fresh();
            _used.Add(key);
            return key;
        }

        private ulong Fresh() => random.Next(6) switch
        {
            0 => (ulong)random.Next(3000),
            1 => _bases[random.Next(_bases.Length)] + (ulong)random.Next(700),
            2 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
            3 => _bases[random.Next(_bases.Length)] + (ulong)random.Next(4) * 512,
            4 => ulong.MaxValue - (ulong)random.Next(3),
            _ => (ulong)random.Next(1 << 20),
        };
    }
}
