using Alloc.Bench.Workloads;

namespace Alloc.Bench.Tests.Workloads;

public sealed class PatternTests
{
    public static TheoryData<string> Names => [.. KeySets.Patterns];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_pattern_has_the_keys_that_were_asked_for_and_the_same_each_time(string name)
    {
        var set = KeySets.Create(name, 10_000);

        Assert.Equal(10_000, set.Count);
        Assert.Equal(set.Sorted, KeySets.KeysOf(name, 10_000));
        Assert.DoesNotContain(0UL, set.SortedValues);
    }

    [Fact]
    public void A_pattern_without_a_name_here_is_refused()
    {
        Assert.Throws<ArgumentException>(() => KeySets.Create("nothing", 10));
    }

    [Fact]
    public void The_sixteenth_pattern_is_as_dense_everywhere()
    {
        var keys = KeySets.KeysOf("sixteenth", 64_000);

        // 64 parts of 1,000 keys expected each; six deviations of a binomial are about 190.
        Assert.All(keys.CountBy(key => key / 16_000), part => Assert.InRange(part.Value, 810, 1190));
        Assert.InRange(keys[^1], 1_023_000UL, 1_023_999UL);
    }

    [Fact]
    public void Random_keys_use_all_their_bits()
    {
        foreach (var bits in (int[])[32, 64])
        {
            var keys = KeySets.KeysOf($"random{bits}", 4000);
            var union = keys.Aggregate(0UL, (all, key) => all | key);
            Assert.Equal(bits == 64 ? ulong.MaxValue : uint.MaxValue, union);
        }
    }

    [Fact]
    public void Of_the_wide_words_every_second_has_its_highest_bit_set()
    {
        var wide = KeySets.WithWideWords(KeySets.Dense(10_000));

        Assert.InRange(wide.SortedValues.Count(value => value >> 63 == 1), 4700, 5300);
    }

    [Fact]
    public void By_Zipfs_law_the_first_ranks_take_most_and_the_tenth_a_tenth_of_the_first()
    {
        var drawn = Zipf.Draw(100_000, 1_000_000);
        var counts = new int[100_000];
        Array.ForEach(drawn, rank => counts[rank]++);

        // 10^0.99 = 9.77; the tenth expects 8,000 draws or so, deviations are about 90.
        Assert.InRange((double)counts[0] / counts[9], 9.0, 10.6);
        Assert.InRange(counts.Take(1000).Sum(), 550_000, 650_000);
        Assert.InRange(counts.Skip(50_000).Sum(), 30_000, 70_000);
    }
}
