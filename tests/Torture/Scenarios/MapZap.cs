using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Torture.Scenarios;

/// <summary>The library's main job under attack: owners map and zap regions and know exactly what is in them, readers check what they get.</summary>
internal static class MapZap
{
    private const int Writers = 2, RegionsPerWriter = 4;
    private const ulong RegionSize = 4 * 512;

    public static void Run(Arena arena)
    {
        var world = new World<ulong>(arena);
        RadixTable<ulong> table = world.Table;
        var oracles = new SortedDictionary<ulong, ulong>[Writers];
        arena.Go(
        [
            .. Arena.Times(Writers, thread => random => oracles[thread] = Own(arena, table, thread, random)),
            .. Arena.Times(arena.Readers, _ => random => Read(arena, world, random)),
        ]);
        Assert.Equal(oracles.SelectMany(o => o).OrderBy(e => e.Key), table);
        world.Finish();
        arena.Require("hits", "misses", "zapped entries", "reclaimed pages", "replacements", "batches");
    }

    // Near each other, so that they share directories, and with one far away, so that those come and go.
    private static ulong FirstOf(int writer, int region) =>
        region == 0 ? (ulong)(writer + 1) << 44 : (ulong)(region * Writers + writer) * RegionSize;

    private static SortedDictionary<ulong, ulong> Own(Arena arena, RadixTable<ulong> table, int writer, Random random)
    {
        var oracle = new SortedDictionary<ulong, ulong>();
        long zapped = 0;
        for (uint round = 1; !arena.IsOver; round++)
        {
            ulong first = FirstOf(writer, random.Next(RegionsPerWriter));
            ulong from = first + (ulong)random.Next((int)RegionSize), to = first + (ulong)random.Next((int)RegionSize);
            if (from > to) (from, to) = (to, from);
            if (random.Next(2) == 0) (from, to) = (from & ~511UL, from | 511); // one leaf table
            switch (random.Next(4))
            {
                case 0 or 1:
                    ulong stride = 1UL << random.Next(9);
                    for (ulong key = from; key <= to; key += stride) table[key] = oracle[key] = MixedValues.Make(key, round);
                    break;
                case 2:
                    if (random.Next(2) == 0) (from, to) = (first, first + RegionSize - 1);
                    List<ulong> gone = KeysIn(oracle, from, to);
                    Assert.Equal(gone.Count, table.RemoveRange(from, to));
                    foreach (ulong key in gone) oracle.Remove(key);
                    zapped += gone.Count;
                    break;
                default:
                    foreach (ulong key in KeysIn(oracle, from, to))
                    {
                        Arena.Check(table.TryRemove(key, out ulong value) && value == oracle[key], $"{key:x} was there, and its removal got {value:x}");
                        oracle.Remove(key);
                        zapped++;
                    }
                    break;
            }
            if (round % 16 != 0) continue;
            List<ulong> expected = KeysIn(oracle, first, first + RegionSize - 1);
            Assert.Equal(expected, table.EnumerateRange(first, first + RegionSize - 1).Select(e => e.Key));
            foreach (ulong key in expected) Assert.Equal(oracle[key], table[key]);
        }
        arena.Count("zapped entries", zapped);
        return oracle;
    }

    private static List<ulong> KeysIn(SortedDictionary<ulong, ulong> oracle, ulong from, ulong to) =>
        [.. oracle.Keys.SkipWhile(key => key < from).TakeWhile(key => key <= to)];

    private static void Read(Arena arena, World<ulong> world, Random random)
    {
        Control.ThisThreadReads();
        long hits = 0, misses = 0;
        using var reader = world.Domain.Register();
        while (!arena.IsOver)
        {
            using var section = reader.Enter();
            for (int i = 0; i < 64; i++)
            {
                ulong key = FirstOf(random.Next(Writers), random.Next(RegionsPerWriter)) + (ulong)random.Next((int)RegionSize);
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
