using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Torture.Scenarios;

/// <summary>
/// Every change from one kind or size of node to another, while other threads are at work in the same nodes: each owns the keys of one remainder and knows
/// exactly what is in them, and all put theirs densely, thinly and scattered into the same places.
/// </summary>
internal static class Transitions
{
    private const int Writers = 3;

    public static void Run(Arena arena)
    {
        var world = new World<ulong>(arena);
        RadixTable<ulong> table = world.Table;
        var oracles = new SortedDictionary<ulong, ulong>[Writers];
        arena.Go(
        [
            .. Arena.Times(Writers, thread => random => oracles[thread] = Own(arena, table, (ulong)thread, random)),
            .. Arena.Times(arena.Readers, _ => random => Read(arena, table, random)),
            _ =>
            {
                while (!arena.IsOver)
                {
                    RadixTableStatistics s = table.GetStatistics();
                    if (s.Buckets > 0) arena.Count("buckets seen");
                    if (s.Runs > 0) arena.Count("runs seen");
                    if (s.LeafTables > 0) arena.Count("leaf tables seen");
                    if (s.Directories > 0) arena.Count("directories seen");
                    Thread.Sleep(1);
                }
            },
        ]);
        Assert.Equal(oracles.SelectMany(o => o).OrderBy(e => e.Key), table);
        world.Finish();
        arena.Require("hits", "buckets seen", "runs seen", "leaf tables seen", "directories seen", "replacements", "reclaimed pages", "dense", "thin", "scattered", "emptied");
    }

    // Few places, so that threads meet; each with neighbours below and above.
    private static ulong PlaceOf(Random random) => (ulong)random.Next(4) * 1536 + (random.Next(3) == 0 ? 1UL << 40 : 0);

    private static SortedDictionary<ulong, ulong> Own(Arena arena, RadixTable<ulong> table, ulong thread, Random random)
    {
        var oracle = new SortedDictionary<ulong, ulong>();
        long dense = 0, thin = 0, scattered = 0, emptied = 0;
        for (uint round = 1; !arena.IsOver; round++)
        {
            ulong place = PlaceOf(random) * Writers;
            int length = 1 << random.Next(10);
            switch (random.Next(6))
            {
                case 0:
                    for (int i = 0; i < length; i++) Put(place + (ulong)i * Writers + thread, round);
                    dense++;
                    break;
                case 1:
                    for (int i = 0; i < length; i += random.Next(1, 40)) Put(place + (ulong)i * Writers + thread, round);
                    thin++;
                    break;
                case 2:
                    for (int i = 0; i < 40; i++) Put(((ulong)random.NextInt64(1 << 22) << random.Next(30)) * Writers + thread, round);
                    scattered++;
                    break;
                case 3:
                    foreach (ulong key in KeysIn(oracle, place, place + (ulong)length * Writers).Where(_ => random.Next(8) != 0)) Cut(key);
                    break;
                case 4:
                    foreach (ulong key in KeysIn(oracle, 0, ulong.MaxValue).Where(key => oracle.Count < 60 || key > 1UL << 20)) Cut(key);
                    emptied++;
                    break;
                default:
                    if (random.Next(4) == 0) table.Trim();
                    foreach (ulong key in KeysIn(oracle, place, place + 200)) Arena.Check(table.TryGetValue(key, out ulong value) && value == oracle[key], $"{key:x} was lost");
                    break;
            }
        }
        arena.Count("dense", dense);
        arena.Count("thin", thin);
        arena.Count("scattered", scattered);
        arena.Count("emptied", emptied);
        return oracle;

        void Put(ulong key, uint round)
        {
            ulong value = MixedValues.Make(key, round);
            if (oracle.ContainsKey(key)) table[key] = value;
            else Arena.Check(table.TryAdd(key, value), $"{key:x} is somebody's already");
            oracle[key] = value;
        }

        void Cut(ulong key)
        {
            Arena.Check(table.TryRemove(key, out ulong value) && value == oracle[key], $"{key:x} was there, and its removal got {value:x}");
            oracle.Remove(key);
        }
    }

    private static ulong[] KeysIn(SortedDictionary<ulong, ulong> oracle, ulong from, ulong to) => [.. oracle.Keys.Where(key => key >= from && key <= to)];

    private static void Read(Arena arena, RadixTable<ulong> table, Random random)
    {
        long hits = 0;
        while (!arena.IsOver)
        {
            ulong key = PlaceOf(random) * Writers + (ulong)random.Next(1600);
            if (!table.TryGetValue(key, out ulong value)) continue;
            hits++;
            Arena.Check(MixedValues.Belongs(value, key), $"{value:x} is no value of {key:x}");
        }
        arena.Count("hits", hits);
    }
}
