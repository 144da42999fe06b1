using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Torture.Scenarios;

/// <summary>Neighbourhoods fill and empty, so that their nodes go through every kind, under readers that check what they get.</summary>
internal static class NodeChanges
{
    private const int Writers = 2;

    public static void Run(Arena arena)
    {
        var world = new World<ulong>(arena);
        var oracles = new Dictionary<ulong, ulong>[Writers];
        arena.Go(
        [
            .. Arena.Times(Writers, thread => random => oracles[thread] = Own(arena, world.Table, thread, random)),
            .. Arena.Times(arena.Readers, _ => random => Read(arena, world, random)),
        ]);
        Assert.Equal(oracles.SelectMany(o => o).OrderBy(e => e.Key), world.Table);
        world.Finish();
        arena.Require("hits", "misses", "replacements", "splits", "singles", "leaf tables", "runs", "buckets", "narrow directories");
    }

    private static Dictionary<ulong, ulong> Own(Arena arena, RadixTable<ulong> table, int writer, Random random)
    {
        var oracle = new Dictionary<ulong, ulong>();
        ulong[][] own = [.. Neighbourhoods.All.Select(keys => keys.Where((_, i) => i % Writers == writer).ToArray())];
        long leafTables = 0, runs = 0, buckets = 0, narrow = 0;
        for (uint burst = 1; !arena.IsOver; burst++)
        {
            ulong[] keys = own[random.Next(own.Length)];
            bool grows = random.Next(2) == 0;
            int start = random.Next(keys.Length), count = random.Next(2) == 0 ? keys.Length : random.Next(1, keys.Length + 1), step = random.Next(2) == 0 ? 1 : 7;
            for (int i = 0; i < count; i++)
            {
                ulong key = keys[(start + i * step) % keys.Length], value = MixedValues.Make(key, burst);
                if (grows)
                {
                    table[key] = value;
                    oracle[key] = value;
                    continue;
                }
                bool had = oracle.Remove(key, out ulong expected);
                Arena.Check(table.TryRemove(key, out ulong removed) == had && (!had || removed == expected), $"{key:x}: removed {removed:x}, and {(had ? expected : 0):x} was there");
            }
            if (random.Next(16) == 0) table.Trim();
            RadixTableStatistics s = table.GetStatistics();
            leafTables = Math.Max(leafTables, s.LeafTables);
            runs = Math.Max(runs, s.Runs);
            buckets = Math.Max(buckets, s.Buckets);
            narrow = Math.Max(narrow, s.NarrowDirectories);
        }
        arena.Count("leaf tables", leafTables);
        arena.Count("runs", runs);
        arena.Count("buckets", buckets);
        arena.Count("narrow directories", narrow);
        return oracle;
    }

    private static void Read(Arena arena, World<ulong> world, Random random)
    {
        Control.ThisThreadReads();
        long hits = 0, misses = 0;
        using var reader = world.Domain.Register();
        while (!arena.IsOver)
        {
            ulong[] keys = Neighbourhoods.All[random.Next(Neighbourhoods.All.Length)];
            using var section = reader.Enter();
            for (int i = 0; i < 64; i++)
            {
                ulong key = keys[random.Next(keys.Length)];
                if (!world.Table.TryGetValue(in section, key, out ulong value))
                {
                    misses++;
                    continue;
                }
                hits++;
                Arena.Check(MixedValues.Belongs(value, key), $"{value:x} is no value of {key:x}");
            }
        }
        arena.Count("hits", hits);
        arena.Count("misses", misses);
    }
}
