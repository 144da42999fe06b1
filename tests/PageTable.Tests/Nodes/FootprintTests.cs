using Alloc.Native;
using Alloc.Rcu;
using Xunit.Abstractions;

namespace Alloc.PageTable.Tests;

/// <summary>Memory really used: at every number of random keys, after Trim, at the limit, and of many small tables.</summary>
public class FootprintTests(ITestOutputHelper output)
{
    [Fact]
    public void Random_keys_take_at_most_48_live_bytes_an_entry_at_every_number_from_ten_thousand_on()
    {
        int last = TestScale.Factor >= 10 ? 10_000_000 : 1_000_000;
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        int next = 10_000;
        double worst = 0;
        int at = 0;
        for (int n = 1; n <= last; n++)
        {
            table[KeyPatterns.Mix((ulong)n)] = (ulong)n;
            if (n != next) continue;
            next += Math.Max(1, next / 64);
            double bytes = (double)table.GetStatistics().TableBytes / n;
            if (bytes > worst) (worst, at) = (bytes, n);
            if (n % 7 == 0) AssertAgrees(fixture);
        }
        output.WriteLine($"worst: {worst:0.0} bytes an entry at {at}; {table.GetStatistics()}");
        Assert.True(worst <= 48, $"{worst:0.0} bytes an entry at {at}");
    }

    // A census explains each byte: what the table counts as linked is what the allocator has out.
    private static void AssertAgrees(TableFixture<ulong> fixture)
    {
        RadixTableStatistics s = fixture.StatisticsAtRest();
        PageAllocatorStatistics pages = fixture.Allocator.GetStatistics();
        Assert.Equal(s.TableBytes, pages.LiveBytes);
        Assert.True(pages.LivePages >= s.Tables);
        Assert.Equal(s.Directories + s.LeafTables + s.Runs + s.Buckets, pages.LivePages + pages.LiveBlocks);
    }

    public static TheoryData<string> Patterns => [.. KeyPatterns.All.Keys];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_full_table_that_is_emptied_to_one_percent_and_trimmed_keeps_a_twentieth_of_its_bytes(string pattern)
    {
        ulong[] keys = KeyPatterns.Take(pattern, TestScale.Of(200_000));
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        foreach (ulong key in keys) table[key] = key & 0xFFFF;
        long peak = fixture.StatisticsAtRest().TableBytes;
        long committed = fixture.Allocator.GetStatistics().CommittedBytes;
        new Random(1).Shuffle(keys);
        foreach (ulong key in keys.Skip(keys.Length / 100)) Assert.True(table.TryRemove(key, out _));
        table.Trim();
        TreeCheck.AtRest(table, fixture.Domain, fixture.Allocator, trimmed: true);
        fixture.Allocator.Trim();
        long left = table.GetStatistics().TableBytes, stillCommitted = fixture.Allocator.GetStatistics().CommittedBytes;
        output.WriteLine($"{pattern}: {peak} bytes of {keys.Length} keys, then {left} ({100.0 * left / peak:0.0} %); committed {committed}, then {stillCommitted}; {table.GetStatistics()}");
        Assert.True(left * 20 <= peak, $"{left} of {peak} bytes are left");
        foreach (ulong key in keys.Take(keys.Length / 100)) Assert.Equal(key & 0xFFFF, table[key]);
    }
}
