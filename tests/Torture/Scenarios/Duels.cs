using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Torture.Scenarios;

/// <summary>Few threads on few keys, so that one change of structure meets the other as often as can be.</summary>
internal static class Duels
{
    public static void FreezeAgainstInsert(Arena arena)
    {
        Balance(arena, [0, 1, 255, 510, 511], tidy: false, ["replacements", "lost swings", "helps", "singles"]);
    }

    public static void SplitAgainstUnlink(Arena arena)
    {
        Balance(arena, [3, 3 + (1UL << 18), 3 + (1UL << 27), 1UL << 45, 1UL << 63, ulong.MaxValue], tidy: true, ["replacements", "lost swings", "splits", "singles"]);
    }

    // Everybody adds and removes the same keys; the values added are those removed and those still there.
    private static void Balance(Arena arena, ulong[] keys, bool tidy, string[] events)
    {
        var world = new World<ulong>(arena);
        RadixTable<ulong> table = world.Table;
        long entries = 0, sum = 0;
        arena.Go(Arena.Times(3, thread => random =>
        {
            long balance = 0, ranges = 0;
            ulong values = 0;
            for (uint step = 1; !arena.IsOver; step++)
            {
                ulong key = keys[random.Next(keys.Length)];
                switch (random.Next(tidy ? 12 : 11))
                {
                    case < 5:
                        ulong value = MixedValues.Make(key, step * 3 + (uint)thread);
                        if (table.TryAdd(key, value)) (balance, values) = (balance + 1, values + value);
                        break;
                    case < 10:
                        if (!table.TryRemove(key, out ulong removed)) break;
                        Arena.Check(MixedValues.Belongs(removed, key), $"{removed:x} is no value of {key:x}");
                        (balance, values) = (balance - 1, values - removed);
                        break;
                    case 10:
                        // One key's range: what it removed is counted, and its value is not known, so it must be one that was looked at before.
                        if (table.TryGetValue(key, out ulong present) && table.TryUpdate(key, present ^ 1UL << 62, present)) values += (present ^ 1UL << 62) - present;
                        ranges++;
                        break;
                    default:
                        table.Trim();
                        break;
                }
            }
            Interlocked.Add(ref entries, balance);
            Interlocked.Add(ref sum, (long)values);
            arena.Count("updates", ranges);
        }));
        Assert.Equal(entries, table.Count);
        Assert.Equal((ulong)sum, table.Aggregate(0UL, (total, entry) => total + entry.Value));
        world.Finish();
        arena.Require(events);
    }

    public static void Increments(Arena arena)
    {
        var world = new World<long>(arena);
        RadixTable<long> table = world.Table;
        ulong[] counters = [511, 512, (1UL << 18) + 3, 1UL << 62];
        long increments = 0;
        arena.Go(Arena.Times(3, thread => random =>
        {
            long own = 0;
            for (; !arena.IsOver; own++)
            {
                ulong counter = counters[random.Next(counters.Length)];
                Arena.Check(table.AddOrUpdate(counter, 1, (_, present) => present + 1) > 0, "a counter went back");
                ulong beside = (1UL << random.Next(9, 60)) + counter;
                if (random.Next(2) == 0) table.TryAdd(beside, -1);
                else table.TryRemove(beside, out _);
                if (own % 256 == 0) table.Trim();
            }
            Interlocked.Add(ref increments, own);
        }));
        Assert.Equal(increments, table.Where(entry => entry.Value > 0).Sum(entry => entry.Value));
        arena.Count("increments", increments);
        world.Finish();
        arena.Require("increments", "replacements", "helps");
    }
}
