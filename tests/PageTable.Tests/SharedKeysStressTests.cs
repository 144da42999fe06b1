namespace Alloc.PageTable.Tests;

/// <summary>All threads on the same few keys, crowded where nodes meet: what the calls answered must add up to what is there at the end.</summary>
public class SharedKeysStressTests
{
    private const int Threads = 4;

    // One leaf table, its neighbour, and keys that make directories come and go above them.
    private static readonly ulong[] Crowded = [0, 1, 510, 511, 512, 513, 1UL << 18, (1UL << 18) + 1, (1UL << 27) + 511, 1UL << 45, 1UL << 63, ulong.MaxValue];

    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void The_values_added_are_those_removed_and_those_still_there(ReclaimMode mode)
    {
        using var fixture = new TableFixture<ulong>(mode);
        RadixTable<ulong> table = fixture.Table;
        long balance = 0, sum = 0;
        Crew.Run(Threads, thread =>
        {
            var random = new Random(71 + thread);
            long entries = 0;
            ulong values = 0;
            for (uint step = 1; step <= TestScale.Of(200_000); step++)
            {
                ulong key = Crowded[random.Next(Crowded.Length)];
                ulong value = MixedValues.Make(key, step * Threads + (uint)thread);
                switch (random.Next(5))
                {
                    case 0 or 1:
                        if (table.TryAdd(key, value)) (entries, values) = (entries + 1, values + value);
                        break;
                    case 2:
                        if (table.TryRemove(key, out ulong removed))
                        {
                            Assert.True(MixedValues.Belongs(removed, key));
                            (entries, values) = (entries - 1, values - removed);
                        }
                        break;
                    case 3:
                        if (table.TryGetValue(key, out ulong present))
                        {
                            Assert.True(MixedValues.Belongs(present, key));
                            if (random.Next(2) == 0)
                            {
                                if (table.TryUpdate(key, value, present)) values += value - present;
                            }
                            else if (table.TryRemove(key, present))
                            {
                                (entries, values) = (entries - 1, values - present);
                            }
                        }
                        break;
                    default:
                        if (step % 64 == 0) table.Trim();
                        break;
                }
            }
            Interlocked.Add(ref balance, entries);
            Interlocked.Add(ref sum, (long)values);
        });
        Assert.Equal(balance, table.Count);
        Assert.Equal((ulong)sum, table.Aggregate(0UL, (total, entry) => total + entry.Value));
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void Each_entry_added_is_counted_by_one_removal_or_is_still_there(ReclaimMode mode)
    {
        using var fixture = new TableFixture<Wide>(mode);
        RadixTable<Wide> table = fixture.Table;
        long balance = 0;
        Crew.Run(Threads, thread =>
        {
            var random = new Random(91 + thread);
            long entries = 0;
            for (uint step = 1; step <= TestScale.Of(100_000); step++)
            {
                ulong key = random.Next(3) == 0 ? (ulong)random.Next(1600) : Crowded[random.Next(Crowded.Length)];
                switch (random.Next(8))
                {
                    case 0:
                        ulong last = random.Next(3) switch { 0 => key, 1 => key | 511, _ => ulong.MaxValue };
                        entries -= table.RemoveRange(random.Next(2) == 0 ? key & ~511UL : key, last);
                        break;
                    case 1 or 2:
                        if (table.TryRemove(key, out Wide removed))
                        {
                            Assert.True(WideValues.Belongs(removed, key));
                            entries--;
                        }
                        break;
                    case 3 when step % 32 == 0:
                        table.Trim();
                        break;
                    case 3 when step % 32 == 1:
                        ulong next = 0;
                        foreach (var (at, value) in table.EnumerateRange(0, 1600))
                        {
                            Assert.True(at >= next && at <= 1600 && WideValues.Belongs(value, at));
                            next = at + 1;
                        }
                        break;
                    default:
                        if (table.TryAdd(key, WideValues.Make(key, step))) entries++;
                        break;
                }
            }
            Interlocked.Add(ref balance, entries);
        });
        Assert.Equal(balance, table.Count);
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void No_increment_by_AddOrUpdate_is_lost_while_the_keys_nodes_are_replaced()
    {
        using var fixture = new TableFixture<long>();
        RadixTable<long> table = fixture.Table;
        ulong[] counters = [511, 512, (1UL << 18) + 3, 1UL << 62];
        int steps = TestScale.Of(100_000);
        Crew.Run(Threads, thread =>
        {
            var random = new Random(thread);
            for (int step = 0; step < steps; step++)
            {
                ulong counter = counters[random.Next(counters.Length)];
                Assert.True(table.AddOrUpdate(counter, 1, (_, present) => present + 1) > 0);
                // Beside the counters, so that their nodes are frozen and copied under the increments.
                ulong beside = (1UL << random.Next(9, 60)) + counter;
                if (random.Next(2) == 0) table.TryAdd(beside, -1);
                else table.TryRemove(beside, out _);
                if (step % 512 == 0) table.Trim();
            }
        });
        Assert.Equal((long)steps * Threads, table.Where(entry => entry.Value > 0).Sum(entry => entry.Value));
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
    }
}
