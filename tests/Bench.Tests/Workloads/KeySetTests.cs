using Alloc.Bench.Workloads;

namespace Alloc.Bench.Tests.Workloads;

public sealed class KeySetTests
{
    [Fact]
    public void Dense_keys_are_the_numbers_from_zero()
    {
        var set = KeySets.Dense(1000);

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (ulong)i), set.Sorted);
    }

    [Fact]
    public void Clustered_keys_come_in_runs_of_64_to_512_at_48_bit_bases()
    {
        var set = KeySets.Clustered(50_000);

        Assert.Equal(50_000, set.Count);
        var runs = new List<int>();
        var length = 1;
        for (var i = 1; i < set.Count; i++)
        {
            if (set.Sorted[i] == set.Sorted[i - 1] + 1)
            {
                length++;
                continue;
            }

            runs.Add(length);
            length = 1;
        }

        runs.Add(length);
        // The run that was being made when the count was reached may be shorter.
        Assert.True(runs.Count(r => r < KeySets.ShortestCluster) <= 1);
        Assert.All(runs, r => Assert.InRange(r, 1, KeySets.LongestCluster));
        Assert.InRange(runs.Count, 50_000 / KeySets.LongestCluster, 50_000 / KeySets.ShortestCluster);
        Assert.True(set.Sorted[^1] > 1UL << 46);
        Assert.True(set.Sorted[^1] < (1UL << 48) + KeySets.LongestCluster);
    }

    [Fact]
    public void The_same_seed_gives_the_same_keys_in_the_same_order()
    {
        var one = KeySets.Clustered(5000, 3);
        var other = KeySets.Clustered(5000, 3);

        Assert.Equal(one.Shuffled, other.Shuffled);
        Assert.NotEqual(one.Sorted, KeySets.Clustered(5000, 4).Sorted);
    }

    [Fact]
    public void The_shuffled_order_is_a_permutation_that_keeps_each_key_with_its_value()
    {
        var set = KeySets.Clustered(5000);

        Assert.NotEqual(set.Sorted, set.Shuffled);
        Assert.Equal(set.Sorted, set.Shuffled.Order());
        Assert.All(Enumerable.Range(0, set.Count), i => Assert.Equal(KeySet.ValueOf(set.Shuffled[i]), set.ShuffledValues[i]));
    }

    [Fact]
    public void Every_position_of_a_shuffle_is_reached_from_every_place()
    {
        // Ten items, 20,000 shuffles: each of the hundred cells expects 2,000, and a fair shuffle stays within six deviations.
        var random = new SplitMix64(5);
        var seen = new int[10, 10];
        for (var round = 0; round < 20_000; round++)
        {
            Span<ulong> items = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
            random.Shuffle(items);
            for (var place = 0; place < 10; place++)
            {
                seen[items[place], place]++;
            }
        }

        foreach (var count in seen)
        {
            Assert.InRange(count, 1745, 2255);
        }
    }

    [Fact]
    public void Keys_out_of_order_are_refused()
    {
        Assert.Throws<ArgumentException>(() => KeySet.FromSorted("twice", [1, 1], [0, 0]));
        Assert.Throws<ArgumentException>(() => KeySet.FromSorted("descending", [2, 1], [0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => KeySet.FromSorted("without values", [1, 2], [0]));
    }

    [Fact]
    public void The_scan_checksum_sees_a_swapped_pair_and_a_wrong_value()
    {
        var right = KeySet.FromSorted("a", [1, 2, 3], [10, 20, 30]).ScanSum();

        Assert.NotEqual(right, KeySet.FromSorted("b", [1, 2, 3], [10, 20, 31]).ScanSum());
        Assert.NotEqual(right, KeySet.FromSorted("c", [1, 2, 3], [20, 10, 30]).ScanSum());
    }

    [Fact]
    public void A_key_file_gives_back_the_set_that_was_written()
    {
        var path = Path.GetTempFileName();
        try
        {
            var set = KeySets.Clustered(3000);
            KeyFile.Write(path, set);
            var read = KeyFile.Read(path, set.Name);

            Assert.Equal(set.Sorted, read.Sorted);
            Assert.Equal(set.ShuffledValues, read.ShuffledValues);

            using (var file = File.OpenWrite(path))
            {
                file.SetLength(file.Length - 8);
            }

            Assert.Throws<InvalidDataException>(() => KeyFile.Read(path, set.Name));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
