using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests;

/// <summary>The schedules of key lanes and windows: F7, and F2, F3, F5 where the words are a bucket's or a run's.</summary>
[Collection(Stage.Name)]
public sealed class SmallNodeScheduleTests : IDisposable
{
    private readonly TableFixture<ulong> _fixture = new();

    private RadixTable<ulong> Table => _fixture.Table;

    private RadixTableStatistics Statistics => Table.GetStatistics();

    public void Dispose() => _fixture.Dispose();

    private static ulong Value(ulong key, uint number = 1) => InlineValues.Make(key, number);

    private void Put(params ulong[] keys)
    {
        foreach (ulong key in keys) Assert.True(Table.TryAdd(key, Value(key)));
    }

    private void Cut(params ulong[] keys)
    {
        foreach (ulong key in keys) Assert.True(Table.TryRemove(key, out _));
    }

    private void ExpectAtRest(params ulong[] keys)
    {
        Assert.Equal(keys.Order(), TreeCheck.AtRest(Table, _fixture.Domain, _fixture.Allocator).Keys);
        foreach (ulong key in keys)
        {
            for (int bit = 0; bit < 64; bit++) Assert.Equal(keys.Contains(key ^ 1UL << bit), Table.ContainsKey(key ^ 1UL << bit));
        }
    }

    private Puppet Adding(ulong key, uint number, bool expected = true) => new(() => Assert.Equal(expected, Table.TryAdd(key, Value(key, number))));

    private Puppet Removing(ulong key) => new(() => Cut(key));

    [Fact]
    public void F7_two_inserters_of_a_key_meet_in_one_lane()
    {
        Put(3);
        using Puppet first = Adding(5, 7, expected: false);
        Assert.True(first.RunTo(Step.Change)); // about to claim the lane
        Assert.True(Table.TryAdd(5, Value(5, 8)));
        first.Finish();
        Assert.Equal(Value(5, 8), Table[5]);
        ExpectAtRest(3, 5);
    }

    [Fact]
    public void F7_of_two_inserters_that_have_claimed_one_lane_the_first_to_put_its_value_wins()
    {
        Put(3);
        using Puppet first = Adding(5, 7, expected: false);
        using Puppet second = Adding(5, 8);
        Assert.True(first.RunTo(Step.Change, 2)); // claimed; about to put its value
        Assert.False(Table.ContainsKey(5));
        Assert.True(second.RunTo(Step.Change)); // finds the key
        second.Finish();
        first.Finish();
        Assert.Equal(Value(5, 8), Table[5]);
        ExpectAtRest(3, 5);
    }

    [Fact]
    public void F7_an_inserter_whose_lane_another_key_has_taken_goes_on_to_the_next()
    {
        Put(3);
        using Puppet inserter = Adding(5, 7);
        Assert.True(inserter.RunTo(Step.Change));
        Put(7);
        inserter.Finish();
        Assert.Equal(0, Statistics.Replacements);
        ExpectAtRest(3, 5, 7);
    }

    [Fact]
    public void F7_an_inserter_whose_lane_is_frozen_does_its_operation_in_the_copy()
    {
        Put(3);
        using Puppet inserter = Adding(5, 7);
        Assert.True(inserter.RunTo(Step.Change));
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Copy)); // every lane is frozen, the free ones too
        inserter.Finish();
        Assert.Equal(1, Statistics.Helps);
        remover.Finish();
        ExpectAtRest(5);
    }

    [Fact]
    public void F7_a_key_whose_value_does_not_come_in_time_is_not_in_the_copy()
    {
        Put(3);
        using Puppet inserter = Adding(5, 7);
        Assert.True(inserter.RunTo(Step.Change, 2)); // has its lane, and no value
        Cut(3); // the bucket looks empty, and is
        Assert.Equal(0, Statistics.TableBytes);
        inserter.Finish();
        ExpectAtRest(5);
    }

    [Fact]
    public void F5_a_lane_claimed_behind_the_pass_is_in_the_copy()
    {
        Put(3);
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Freeze, 2)); // the first lane is frozen, the others are free
        Put(5);
        Assert.Equal(0, Statistics.Helps);
        remover.Finish();
        ExpectAtRest(5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void F2_when_the_pass_over_a_bucket_is_done_no_lane_of_it_can_be_claimed(int keys)
    {
        Put([.. Enumerable.Range(0, keys).Select(i => (ulong)i * 1000)]);
        Cut([.. Enumerable.Range(1, keys - 1).Select(i => (ulong)i * 1000)]);
        using Puppet remover = Removing(0);
        Assert.True(remover.RunTo(Step.Copy));
        Put(5); // not in place: it would be lost
        Assert.Equal(1, Statistics.Helps);
        remover.Finish();
        ExpectAtRest(5);
    }

    [Fact]
    public void F3_what_frozen_content_answers_is_answered_at_once()
    {
        Put(3, 1000, 2000);
        using Puppet grower = Adding(3000, 1); // one lane too many
        Assert.True(grower.RunTo(Step.Swing));
        long replacements = Statistics.Replacements;
        Assert.False(Table.TryAdd(1000, 9));
        Assert.False(Table.TryRemove(4000, out _));
        Assert.False(Table.TryRemove(1000, 9UL));
        Assert.False(Table.TryUpdate(2000, 1, 2));
        Assert.Equal(Value(2000), Table[2000]);
        Assert.False(Table.ContainsKey(3000)); // in a copy that nobody sees yet
        Assert.Equal(replacements, Statistics.Replacements);
        grower.Finish();
        ExpectAtRest(3, 1000, 2000, 3000);
    }

    [Fact]
    public void F3_of_two_who_grow_a_bucket_each_copy_holds_its_makers_key_and_the_loser_adds_its_own_to_the_winners()
    {
        Put(3, 1000, 2000);
        using Puppet first = Adding(3000, 1);
        Assert.True(first.RunTo(Step.Swing));
        using Puppet second = Adding(4000, 1);
        Assert.True(second.RunTo(Step.Swing));
        second.Finish();
        Assert.True(Table.ContainsKey(4000));
        Assert.False(Table.ContainsKey(3000));
        first.Finish();
        Assert.Equal(1, Statistics.LostSwings);
        ExpectAtRest(3, 1000, 2000, 3000, 4000);
    }

    [Fact]
    public void F4_a_helper_finishes_a_half_emptied_bucket_and_the_range_removal_goes_on_in_its_successor()
    {
        ulong[] keys = [.. Enumerable.Range(1, 12).Select(i => (ulong)i * 1000)];
        Put(keys);
        long removed = 0;
        using var range = new Puppet(() => removed = Table.RemoveRange(0, ulong.MaxValue));
        Assert.True(range.RunTo(Step.Change, 5)); // four are gone and frozen
        // Into lanes that are still free, until one is frozen, or too few are left.
        int put = 0;
        for (long before = Statistics.Replacements; Statistics.Replacements == before;) Put((ulong)++put);
        Assert.Equal(8 + put, Table.ToList().Count);
        range.Finish();
        Assert.Equal(12 + put, removed);
        ExpectAtRest();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    public void F5_a_value_put_into_a_run_behind_the_pass_is_in_the_copy_and_before_it_helps(int frozen)
    {
        Put([.. Enumerable.Range(500, 8).Select(i => (ulong)i)]);
        Assert.Equal(1, Statistics.Runs);
        Cut([.. Enumerable.Range(501, 7).Select(i => (ulong)i)]);
        using Puppet remover = Removing(500);
        Assert.True(remover.RunTo(Step.Freeze, frozen + 1));
        Put(504);
        Assert.Equal(frozen > 4 ? 1 : 0, Statistics.Helps);
        remover.Finish();
        ExpectAtRest(504);
    }

    [Fact]
    public void F2_when_the_pass_over_a_run_is_done_a_key_outside_its_window_grows_the_copy()
    {
        Put([.. Enumerable.Range(500, 8).Select(i => (ulong)i)]);
        Cut([.. Enumerable.Range(501, 7).Select(i => (ulong)i)]);
        using Puppet remover = Removing(500);
        Assert.True(remover.RunTo(Step.Copy));
        Put(9000, 505);
        remover.Finish();
        ExpectAtRest(505, 9000);
    }

    [Fact]
    public void F12_a_grown_bucket_whose_swing_is_lost_to_its_directorys_copy_is_seen_through()
    {
        // A directory over two buckets; Trim gives it up when one is left, while another thread grows that one.
        Table.PutInLeafTables(key => Value(key), 3, 100, 200, 516);
        Table.Trim(maxNodes: 2);
        Assert.True(Statistics is { LeafTables: 0, Directories: 1 }, Statistics.ToString());
        Cut(516);
        using Puppet grower = Adding(300, 1);
        Assert.True(grower.RunTo(Step.Swing)); // in the directory's slot
        Table.Trim(); // the bucket moves up
        grower.Finish();
        Assert.Equal(0, Statistics.Directories);
        ExpectAtRest(3, 100, 200, 300);
    }

    [Fact]
    public void A_narrow_directory_that_is_being_replaced_is_finished_by_whoever_needs_its_slot()
    {
        // Two of its buckets only, and then none.
        ulong first = 0x155UL << 55;
        for (ulong i = 0; i < 300; i++) Put(first | i * 0x9E3779B97F4A7C15 >> 9);
        Put(1UL << 63 | 5, 3);
        Assert.True(Statistics.Directories > 0);
        ulong[] keys = [.. Table.Select(entry => entry.Key)];
        using var range = new Puppet(() => Assert.Equal(300, Table.RemoveRange(first, first | (1UL << 55) - 1)));
        int stops = 0;
        while (range.RunTo(Step.Swing) && stops < 40)
        {
            stops++;
            ulong key = first | (uint)stops;
            Assert.True(Table.TryAdd(key, Value(key)));
            Assert.True(Table.TryRemove(key, out _));
        }
        Assert.True(stops > 10);
        range.Finish();
        ExpectAtRest([.. keys.Where(key => key >> 55 != 0x155)]);
    }
}
