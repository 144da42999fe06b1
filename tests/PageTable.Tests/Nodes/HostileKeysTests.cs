using Alloc.Native;
using Xunit.Abstractions;

namespace Alloc.PageTable.Tests;

/// <summary>No pattern of keys ruins the table: bytes a key at every moment of growth, depth, and work, which is counted and not timed.</summary>
public class HostileKeysTests(ITestOutputHelper output)
{
    private const int Keys = 1_000_000;

    public static TheoryData<string> Hostile => [.. KeyPatterns.Hostile.Keys];

    public static TheoryData<string> Usual => [.. KeyPatterns.Usual.Keys];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_million_hostile_keys_take_64_bytes_a_key_80_while_they_grow_and_seven_directories(string pattern)
    {
        Growth growth = Grow(pattern, TestScale.Of(Keys));
        Assert.True(growth.Worst <= 80, growth.ToString());
        Assert.True(growth.Last <= 64, growth.ToString());
        Assert.True(growth.Depth <= 7, growth.ToString());
        // Each key is copied a few times on the way, in nodes of at most half a page: no quadratic time.
        Assert.True(growth.ReplacementsAKey <= 1, growth.ToString());
    }

    [Theory]
    [MemberData(nameof(Usual))]
    public void A_million_usual_keys_take_48_bytes_a_key_at_every_number_of_them(string pattern)
    {
        Growth growth = Grow(pattern, TestScale.Of(Keys));
        Assert.True(growth.Worst <= 48, growth.ToString());
        Assert.True(growth.Depth <= 7, growth.ToString());
        Assert.True(growth.ReplacementsAKey <= 1, growth.ToString());
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_pattern_goes_as_it_came_and_leaves_nothing(string pattern)
    {
        ulong[] keys = KeyPatterns.Take(pattern, 60_000);
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        foreach (ulong key in keys) Assert.True(table.TryAdd(key, key));
        new Random(3).Shuffle(keys);
        for (int i = 0; i < keys.Length; i++)
        {
            Assert.True(table.TryRemove(keys[i], out ulong value) && value == keys[i]);
            if (i % 20_000 == 0) TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
        }
        Assert.Equal(0, fixture.StatisticsAtRest().TableBytes);
    }

    private Growth Grow(string pattern, int count)
    {
        ulong[] keys = KeyPatterns.Take(pattern, count);
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        double worst = 0;
        int worstAt = 0, next = 10_000;
        for (int i = 0; i < keys.Length; i++)
        {
            table[keys[i]] = keys[i] & 0xFFFF_FFFF;
            if (i + 1 < next && i + 1 < keys.Length) continue;
            next += next / 50;
            // What is linked; what waits for a grace period is the domain's matter, and its bound.
            double bytes = (double)table.GetStatistics().TableBytes / (i + 1);
            if (bytes > worst) (worst, worstAt) = (bytes, i + 1);
        }
        TreeCheck check = TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator);
        PageAllocatorStatistics pages = fixture.Allocator.GetStatistics();
        RadixTableStatistics s = table.GetStatistics();
        var growth = new Growth(worst, worstAt, (double)pages.LiveBytes / count, (double)pages.CommittedBytes / count, check.Depth, (double)s.Replacements / count, $"{pattern}: {s}");
        output.WriteLine(growth.ToString());
        return growth;
    }

    /// <param name="Worst">The most bytes a key at any sampled moment.</param>
    /// <param name="WorstAt">The number of keys then.</param>
    /// <param name="Last">Live bytes a key in the end, as the allocator counts them.</param>
    /// <param name="Committed">Bytes a key that have memory behind them in the end.</param>
    /// <param name="Depth">Directories on the longest path.</param>
    /// <param name="ReplacementsAKey">Nodes copied for each key put.</param>
    /// <param name="What">The pattern, and the table's own figures.</param>
    private sealed record Growth(double Worst, int WorstAt, double Last, double Committed, int Depth, double ReplacementsAKey, string What);
}
