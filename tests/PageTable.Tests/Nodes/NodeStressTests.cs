using Xunit.Abstractions;

namespace Alloc.PageTable.Tests;

/// <summary>Every kind of node and every change between kinds under fire, while lookups, enumerations and Trim go on.</summary>
public class NodeStressTests(ITestOutputHelper output)
{
    private const int Threads = 3;

    /// <summary>Whether the threads get into each other's way is chance, and on a machine that hardly runs them at once a small one: so often it is tried.</summary>
    private const int Rounds = 20;

    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void Owners_of_interleaved_keys_get_exact_answers_while_nodes_change_from_kind_to_kind(ReclaimMode mode) => RunOwned<ulong, MixedValues>(mode, 2000);

    [Fact]
    public void Owners_of_interleaved_values_in_cells_get_exact_answers_while_nodes_change_from_kind_to_kind() => RunOwned<Wide, WideValues>(ReclaimMode.Rcu, 1500);

    private void RunOwned<TValue, TMaker>(ReclaimMode mode, int bursts) where TValue : unmanaged, IEquatable<TValue> where TMaker : IStressValue<TValue> =>
        UntilTheyMet<TValue>(mode, (fixture, seen, seed) => OwnAll<TValue, TMaker>(fixture, bursts, seen, seed));

    // Each round is checked in full.
    private void UntilTheyMet<TValue>(ReclaimMode mode, Func<TableFixture<TValue>, KindsSeen, int, SortedDictionary<ulong, TValue>> run) where TValue : unmanaged
    {
        var seen = new KindsSeen();
        var met = new RadixTableStatistics();
        for (int round = 0; round < Rounds && !(seen.Every && HaveMet(mode, met)); round++)
        {
            using var fixture = new TableFixture<TValue>(mode);
            SortedDictionary<ulong, TValue> expected = run(fixture, seen, round * 1000);
            met = Finish(fixture, expected, seen);
        }
        Assert.True(seen.Every, $"some kind was never there: {seen}");
        Assert.True(HaveMet(mode, met), met.ToString());
    }

    private static bool HaveMet(ReclaimMode mode, RadixTableStatistics s) =>
        s is { Replacements: > 0, Splits: > 0 } && (!Interleaving.Enabled || mode == ReclaimMode.None || s is { LostSwings: > 0, Helps: > 0 });

    private static SortedDictionary<ulong, TValue> OwnAll<TValue, TMaker>(TableFixture<TValue> fixture, int bursts, KindsSeen seen, int seed) where TValue : unmanaged, IEquatable<TValue> where TMaker : IStressValue<TValue>
    {
        RadixTable<TValue> table = fixture.Table;
        var owned = new Dictionary<ulong, TValue>[Threads];
        int working = Threads;
        Action[] bodies =
        [
            .. Enumerable.Range(0, Threads).Select(thread => (Action)(() =>
            {
                try
                {
                    owned[thread] = Own<TValue, TMaker>(table, thread, TestScale.Of(bursts), seen, seed);
                }
                finally
                {
                    Interlocked.Decrement(ref working);
                }
            })),
            () => Disturb<TValue, TMaker>(table, seen, seed, () => Volatile.Read(ref working) == 0),
        ];
        Crew.Run(bodies);
        return new SortedDictionary<ulong, TValue>(owned.SelectMany(o => o).ToDictionary(e => e.Key, e => e.Value));
    }

    // In bursts, over one neighbourhood at a time: up or down, from one end, from the other, or anyhow.
    private static Dictionary<ulong, TValue> Own<TValue, TMaker>(RadixTable<TValue> table, int thread, int bursts, KindsSeen seen, int seed) where TValue : unmanaged, IEquatable<TValue> where TMaker : IStressValue<TValue>
    {
        var random = new Random(seed + thread);
        var oracle = new Dictionary<ulong, TValue>();
        ulong[][] own = [.. Neighbourhoods.All.Select(keys => keys.Where((_, i) => i % Threads == thread).ToArray())];
        for (uint burst = 0; burst < bursts; burst++)
        {
            // Seven of ten bursts meet the others in the same place.
            ulong[] keys = own[random.Next(10) < 7 ? burst / 4 % own.Length : random.Next(own.Length)];
            bool grows = burst / 2 % 2 == 0;
            int order = random.Next(3), count = random.Next(3) == 0 ? keys.Length : random.Next(1, keys.Length + 1), start = random.Next(keys.Length);
            for (int i = 0; i < count; i++)
            {
                ulong key = order switch { 0 => keys[i], 1 => keys[^(i + 1)], _ => keys[(start + i * 7) % keys.Length] };
                bool has = oracle.TryGetValue(key, out TValue present);
                TValue value = TMaker.Make(key, burst * 4096 + (uint)i);
                int dice = random.Next(16);
                if (dice == 0)
                {
                    Assert.Equal(has, table.TryUpdate(key, value, present));
                    if (has) oracle[key] = value;
                }
                else if (dice < 3)
                {
                    Assert.True(table.TryGetValue(key, out TValue found) == has && (!has || found.Equals(present)), $"{key:x}: {found}, not {present}");
                }
                else if (grows)
                {
                    if (dice < 9)
                    {
                        Assert.Equal(!has, table.TryAdd(key, value));
                        oracle.TryAdd(key, value);
                    }
                    else
                    {
                        table[key] = value;
                        oracle[key] = value;
                    }
                }
                else
                {
                    Assert.True(table.TryRemove(key, out TValue removed) == has && (!has || removed.Equals(present)), $"{key:x}: {removed}, not {present}");
                    oracle.Remove(key);
                }
            }
            seen.Look(table.GetStatistics());
        }
        return oracle;
    }

    private static void Disturb<TValue, TMaker>(RadixTable<TValue> table, KindsSeen seen, int seed, Func<bool> ended) where TValue : unmanaged where TMaker : IStressValue<TValue>
    {
        var random = new Random(seed + 99);
        do
        {
            if (random.Next(3) == 0) table.Trim();
            seen.Look(table.GetStatistics());
            ulong? before = null;
            foreach (var (key, value) in table)
            {
                Assert.True(before is null || key > before, "an enumeration went back");
                before = key;
                Assert.True(TMaker.Belongs(value, key), $"{value} is no value of {key:x}");
            }
            for (int i = 0; i < 500; i++)
            {
                ulong[] keys = Neighbourhoods.All[random.Next(Neighbourhoods.All.Length)];
                ulong key = keys[random.Next(keys.Length)] ^ (random.Next(8) == 0 ? 1UL << random.Next(64) : 0);
                if (table.TryGetValue(key, out TValue value)) Assert.True(TMaker.Belongs(value, key), $"{value} is no value of {key:x}");
            }
        }
        while (!ended());
    }

    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void Entries_added_by_all_are_removed_once_or_still_there_while_nodes_change_from_kind_to_kind(ReclaimMode mode) => UntilTheyMet<ulong>(mode, Share);

    private static SortedDictionary<ulong, ulong> Share(TableFixture<ulong> fixture, KindsSeen seen, int seed)
    {
        RadixTable<ulong> table = fixture.Table;
        long balance = 0;
        Crew.Run(Threads + 1, thread =>
        {
            var random = new Random(seed + 500 + thread);
            long entries = 0;
            for (uint burst = 0; burst < TestScale.Of(1000); burst++)
            {
                ulong[] keys = Neighbourhoods.All[(burst / 8 + (random.Next(5) == 0 ? 1U : 0)) % Neighbourhoods.All.Length];
                int start = random.Next(keys.Length), count = random.Next(1, 120), adds = burst / 2 % 2 == 0 ? 8 : 2;
                for (int i = 0; i < count; i++)
                {
                    ulong key = keys[(start + i) % keys.Length];
                    int dice = random.Next(10);
                    if (dice < adds)
                    {
                        if (table.TryAdd(key, MixedValues.Make(key, burst))) entries++;
                    }
                    else if (table.TryRemove(key, out ulong removed))
                    {
                        Assert.True(MixedValues.Belongs(removed, key));
                        entries--;
                    }
                }
                if (random.Next(8) == 0)
                {
                    ulong from = keys[random.Next(keys.Length)], to = keys[random.Next(keys.Length)];
                    entries -= table.RemoveRange(Math.Min(from, to), Math.Max(from, to));
                }
                if (burst % 16 == (uint)thread) table.Trim();
                if (burst % 8 == 0) seen.Look(table.GetStatistics());
            }
            Interlocked.Add(ref balance, entries);
        });
        Assert.Equal(balance, table.Count);
        return new SortedDictionary<ulong, ulong>(table.ToDictionary(e => e.Key, e => e.Value));
    }

    private RadixTableStatistics Finish<TValue>(TableFixture<TValue> fixture, SortedDictionary<ulong, TValue> expected, KindsSeen seen) where TValue : unmanaged
    {
        RadixTable<TValue> table = fixture.Table;
        Assert.Equal(expected.ToList(), table.ToList());
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
        RadixTableStatistics s = table.GetStatistics();
        output.WriteLine($"{seen}; {s}");
        table.Trim();
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator, trimmed: true);
        Assert.Equal(expected.Count, table.RemoveRange(0, ulong.MaxValue));
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator, trimmed: true);
        return s;
    }

    /// <summary>The most nodes of each kind that were there at once.</summary>
    private sealed class KindsSeen
    {
        private long _leafTables, _runs, _buckets, _narrow, _full;

        public bool Every => _leafTables > 0 && _runs > 0 && _buckets > 0 && _narrow > 0 && _full > 0;

        public void Look(RadixTableStatistics s)
        {
            Max(ref _leafTables, s.LeafTables);
            Max(ref _runs, s.Runs);
            Max(ref _buckets, s.Buckets);
            Max(ref _narrow, s.NarrowDirectories);
            Max(ref _full, s.Directories - s.NarrowDirectories);
        }

        public override string ToString() => $"at most {_leafTables} leaf tables, {_runs} runs, {_buckets} buckets, {_narrow} narrow directories, {_full} full ones";

        // Not exact between threads, and need not be.
        private static void Max(ref long most, long now) => Volatile.Write(ref most, Math.Max(Volatile.Read(ref most), now));
    }
}
