namespace Alloc.PageTable.Tests;

/// <summary>Each thread owns keys that lie between the others' in the same nodes, and checks every answer exactly.</summary>
public class OwnedKeysStressTests
{
    private const int Threads = 3;

    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void Owners_of_interleaved_keys_get_exact_answers_with_inline_values(ReclaimMode mode) => Run<ulong, InlineValues>(mode, 21, 300_000);

    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    public void Owners_of_interleaved_keys_get_exact_answers_with_mixed_values(ReclaimMode mode) => Run<ulong, MixedValues>(mode, 22, 300_000);

    [Fact]
    public void Owners_of_interleaved_keys_get_exact_answers_with_values_in_cells() => Run<Wide, WideValues>(ReclaimMode.Rcu, 23, 200_000);

    private static void Run<TValue, TMaker>(ReclaimMode mode, int seed, int steps) where TValue : unmanaged, IEquatable<TValue> where TMaker : IStressValue<TValue>
    {
        using var fixture = new TableFixture<TValue>(mode);
        RadixTable<TValue> table = fixture.Table;
        var oracles = new Dictionary<ulong, TValue>[Threads];
        int working = Threads;
        var bodies = new List<Action>();
        for (int t = 0; t < Threads; t++)
        {
            int thread = t;
            bodies.Add(() =>
            {
                try
                {
                    oracles[thread] = Own<TValue, TMaker>(table, thread, new Random(seed * 31 + thread), TestScale.Of(steps));
                }
                finally
                {
                    Interlocked.Decrement(ref working);
                }
            });
        }
        bodies.Add(() => Disturb<TValue, TMaker>(table, new Random(seed), () => Volatile.Read(ref working) == 0));
        Crew.Run([.. bodies]);

        var expected = new SortedDictionary<ulong, TValue>(oracles.SelectMany(o => o).ToDictionary(e => e.Key, e => e.Value));
        Assert.Equal(expected.ToList(), table.ToList());
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
        table.Trim();
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator, trimmed: true);
        Assert.Equal(expected.Count, table.RemoveRange(0, ulong.MaxValue));
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator, trimmed: true);
    }

    private static Dictionary<ulong, TValue> Own<TValue, TMaker>(RadixTable<TValue> table, int thread, Random random, int steps)
        where TValue : unmanaged, IEquatable<TValue> where TMaker : IStressValue<TValue>
    {
        var oracle = new Dictionary<ulong, TValue>();
        ulong ownRegion = OwnRegion(thread);
        for (int step = 0; step < steps; step++)
        {
            ulong key = KeyOf(random, thread, ownRegion);
            TValue value = TMaker.Make(key, (uint)step);
            bool has = oracle.TryGetValue(key, out TValue present);
            // Alternately growing and shrinking, so that nodes empty again and again.
            int operation = step / 400 % 2 == 0 ? random.Next(6) : 3 + random.Next(6);
            switch (operation)
            {
                case 0:
                    table[key] = value;
                    oracle[key] = value;
                    break;
                case 1:
                    Assert.Equal(!has, table.TryAdd(key, value));
                    oracle.TryAdd(key, value);
                    break;
                case 2:
                    Assert.Equal(has ? present : value, table.GetOrAdd(key, value));
                    oracle.TryAdd(key, value);
                    break;
                case 3:
                    Assert.Equal(has, table.TryUpdate(key, value, present));
                    if (has) oracle[key] = value;
                    break;
                case 4 or 5:
                    Assert.Equal(has, table.TryGetValue(key, out TValue found));
                    if (has) Assert.Equal(present, found);
                    break;
                case 6 when random.Next(20) == 0:
                    ulong first = ownRegion + (ulong)random.Next(1500), last = first + (ulong)random.Next(1500);
                    List<ulong> gone = [.. oracle.Keys.Where(k => k >= first && k <= last)];
                    Assert.Equal(gone.Count, table.RemoveRange(first, last));
                    gone.ForEach(k => oracle.Remove(k));
                    break;
                case 7:
                    Assert.Equal(has, table.TryRemove(key, present));
                    oracle.Remove(key);
                    break;
                default:
                    Assert.Equal(has, table.TryRemove(key, out TValue removed));
                    if (has) Assert.Equal(present, removed);
                    oracle.Remove(key);
                    break;
            }
        }
        return oracle;
    }

    private static ulong OwnRegion(int thread) => (ulong)(2 * thread + 3) << 40;

    // A key of the thread's residue class: crowded around the border of two leaf tables, in places that split above them, and far away;
    // or one of a region that is the thread's alone, where range removals are exact.
    private static ulong KeyOf(Random random, int thread, ulong ownRegion)
    {
        ulong own = (ulong)random.Next(8) * Threads + (ulong)thread;
        return random.Next(8) switch
        {
            0 or 1 => 500 + own,
            2 => (1UL << 20) - 12 + own,
            3 => (1UL << (9 + random.Next(50))) + own,
            4 => ulong.MaxValue - own,
            5 => ((ulong)random.Next(40) << 18) + own,
            _ => ownRegion + (ulong)random.Next(3000),
        };
    }

    private static void Disturb<TValue, TMaker>(RadixTable<TValue> table, Random random, Func<bool> ended) where TValue : unmanaged where TMaker : IStressValue<TValue>
    {
        while (!ended())
        {
            if (random.Next(4) == 0) table.Trim();
            ulong? before = null;
            foreach (var (key, value) in table)
            {
                Assert.True(before is null || key > before, "an enumeration went back");
                before = key;
                Assert.True(TMaker.Belongs(value, key), $"{value} is no value of {key:x}");
            }
            for (int i = 0; i < 300; i++)
            {
                ulong key = KeyOf(random, random.Next(Threads), OwnRegion(random.Next(Threads)));
                if (table.TryGetValue(key, out TValue value)) Assert.True(TMaker.Belongs(value, key), $"{value} is no value of {key:x}");
            }
        }
    }
}
