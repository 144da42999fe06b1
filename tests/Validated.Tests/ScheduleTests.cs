using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests;

/// <summary>Schedules that would break the protocol if one of its rules were left out, each forced step by step.</summary>
[Collection(Stage.Name)]
public sealed class ScheduleTests : IDisposable
{
    private const ulong Near = 516, Side = 1UL << 18, Above = 1UL << 40;

    private readonly TableFixture<ulong> _fixture = new();

    private RadixTable<ulong> Table => _fixture.Table;

    private long LostSwings => Table.GetStatistics().LostSwings;

    public void Dispose() => _fixture.Dispose();

    private void Put(params ulong[] keys)
    {
        foreach (ulong key in keys) Assert.True(Table.TryAdd(key, InlineValues.Make(key, 1)));
    }

    /// <summary>The block of each key is a leaf table.</summary>
    private void PutInTables(params ulong[] keys) => Table.PutInLeafTables(key => InlineValues.Make(key, 1), keys);

    /// <summary>The directory that leaf tables have, over buckets: Trim has come so far and no farther. A block has one of the keys.</summary>
    private void PutBelowDirectories(params ulong[] keys)
    {
        PutInTables(keys);
        Table.Trim(maxNodes: keys.Length);
        Assert.Equal(0, Table.GetStatistics().LeafTables);
        Assert.True(Table.GetStatistics().Directories > 0);
    }

    private void PutBelowDirectories(bool small, params ulong[] keys)
    {
        if (small) PutBelowDirectories(keys);
        else PutInTables(keys);
    }

    private void ExpectAtRest(params ulong[] keys)
    {
        Assert.Equal(keys, TreeCheck.AtRest(Table, _fixture.Domain, _fixture.Allocator).Keys);
        foreach (ulong key in keys)
        {
            for (int bit = 0; bit < 64; bit++)
            {
                ulong flipped = key ^ (1UL << bit);
                Assert.Equal(keys.Contains(flipped), Table.ContainsKey(flipped));
            }
        }
    }

    private Puppet Removing(ulong key) => new(() => Assert.True(Table.TryRemove(key, out _)));

    private Puppet Trimming() => new(Table.Trim);

    [Fact]
    public void F12_a_removal_whose_swing_is_lost_to_a_split_above_comes_back_for_the_node_it_froze()
    {
        PutInTables(3);
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Swing));
        Put(Above); // in a directory above the frozen leaf table, which is not touched by it
        Assert.Equal(1, Table.GetStatistics().Splits);
        Assert.Equal(0, Table.GetStatistics().Helps);
        remover.Finish();
        Assert.Equal(1, LostSwings);
        ExpectAtRest(Above);
    }

    [Fact]
    public void F12_a_directory_whose_swing_is_lost_to_a_split_above_is_replaced_all_the_same()
    {
        PutBelowDirectories(3, Near);
        Assert.True(Table.TryRemove(Near, out _));
        using Puppet trimmer = Trimming();
        Assert.True(trimmer.RunTo(Step.Swing));
        Put(Above);
        trimmer.Finish();
        Assert.Equal(1, LostSwings);
        ExpectAtRest(3, Above);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void F12_an_emptied_directory_whose_swing_is_lost_to_a_split_above_goes_all_the_same(bool small)
    {
        PutBelowDirectories(small, 3, Near);
        Assert.True(Table.TryRemove(Near, out _));
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Swing, 2)); // first the leaf table's, then the directory's
        Put(Above);
        remover.Finish();
        Assert.Equal(1, LostSwings);
        ExpectAtRest(Above);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void F12_a_key_put_where_a_directory_is_being_given_up_replaces_it_first_and_nothing_is_lost(bool small)
    {
        PutBelowDirectories(small, 3, Near);
        Assert.True(Table.TryRemove(Near, out _));
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Swing, 2));
        Put(Near + 5); // meets the frozen slot, and helps
        Assert.True(Table.GetStatistics().Helps >= 1);
        remover.Finish();
        ExpectAtRest(Near + 5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void F3_the_copy_that_wins_contains_its_makers_operation_and_the_loser_begins_again(bool small)
    {
        if (small) Put(3, 4);
        else PutInTables(3, 4);
        Assert.True(Table.TryRemove(4, out _));
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Swing)); // frozen and empty
        using var writer = new Puppet(() => Table[5] = InlineValues.Make(5, 7));
        Assert.True(writer.RunTo(Step.Swing)); // its copy holds 5
        using var rival = new Puppet(() => Table[6] = InlineValues.Make(6, 8));
        Assert.True(rival.RunTo(Step.Swing)); // its copy holds 6, and not 5
        writer.Finish();
        Assert.Equal(InlineValues.Make(5, 7), Table[5]);
        rival.Finish();
        remover.Finish();
        Assert.Equal(2, LostSwings);
        Assert.Equal(InlineValues.Make(6, 8), Table[6]);
        ExpectAtRest(5, 6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void F3_a_condition_that_fails_on_frozen_content_is_answered_at_once(bool small)
    {
        if (small) Put(3, 4);
        else PutInTables(3, 4);
        using var range = new Puppet(() => Assert.Equal(2, Table.RemoveRange(3, 4)));
        Assert.True(range.RunTo(Step.Copy)); // emptied in place, then frozen
        long replacements = Table.GetStatistics().Replacements;
        Assert.False(Table.TryRemove(3, out _));
        Assert.False(Table.TryUpdate(4, 1, InlineValues.Make(4, 1)));
        Assert.False(Table.ContainsKey(3));
        Assert.Equal(replacements, Table.GetStatistics().Replacements);
        range.Finish();
        ExpectAtRest();
    }

    [Fact]
    public void F5_a_change_in_place_during_the_pass_is_in_the_copy()
    {
        PutInTables(3);
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Freeze, 300)); // words 0 to 298 are frozen
        Put(400); // not frozen yet: in place
        Assert.Equal(0, Table.GetStatistics().Helps);
        remover.Finish();
        ExpectAtRest(400);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(510)]
    [InlineData(511)]
    public void F2_when_the_pass_is_done_no_word_of_the_node_can_change(int word)
    {
        PutInTables(3);
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Copy));
        Assert.Equal(Geometry.SlotsPerTable, remover.Steps[(int)Step.Freeze]);
        Put((ulong)word); // not in place: it would be lost
        Assert.Equal(1, Table.GetStatistics().Helps);
        remover.Finish();
        ExpectAtRest((ulong)word);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(511)]
    public void F2_when_the_pass_over_a_directory_is_done_no_slot_of_it_can_change(int slot)
    {
        PutBelowDirectories(3 + 512, 7 * 512);
        Assert.True(Table.TryRemove(7 * 512, out _));
        using Puppet trimmer = Trimming();
        Assert.True(trimmer.RunTo(Step.Copy));
        Assert.Equal(Geometry.SlotsPerTable, trimmer.Steps[(int)Step.Freeze]);
        Put((ulong)slot * 512 + 4);
        Assert.Equal(1, Table.GetStatistics().Helps);
        trimmer.Finish();
        ExpectAtRest([.. new[] { 3UL + 512, (ulong)slot * 512 + 4 }.Order()]);
    }

    [Fact]
    public void F4_a_helper_finishes_a_half_emptied_node_and_the_range_removal_goes_on_in_its_successor()
    {
        for (ulong key = 0; key < 512; key++) Put(key);
        long removed = 0;
        using var range = new Puppet(() => removed = Table.RemoveRange(0, 511));
        Assert.True(range.RunTo(Step.Change, 201)); // 0 to 199 are gone and frozen
        Put(5); // helps: a copy with 200 to 511 and 5
        Assert.Equal(1, Table.GetStatistics().Helps);
        Assert.Equal(313, Table.ToList().Count);
        Assert.True(Table.TryRemove(300, out _));
        range.Finish();
        Assert.Equal(512, removed); // 512 of the first 512, less 300, and 5
        ExpectAtRest();
    }

    [Fact]
    public void F4_a_helper_may_drop_the_half_emptied_node_whole()
    {
        for (ulong key = 0; key < 512; key++) Put(key);
        long removed = 0;
        using var range = new Puppet(() => removed = Table.RemoveRange(0, 511));
        Assert.True(range.RunTo(Step.Change, 201));
        Assert.Equal(312, Table.RemoveRange(0, 511));
        Put(7);
        range.Finish();
        Assert.True(removed is 200 or 201, $"{removed}"); // 7 came while the range was being removed
        if (removed == 200) ExpectAtRest(7);
        else ExpectAtRest();
    }

    // A full leaf table below a lower directory below an upper one, each a frozen slot of the next; both passes are done, no swing is.
    private (Puppet Upper, Puppet Lower) FreezeTwoDirectories(ulong first)
    {
        for (ulong key = first; key < first + 2 * Geometry.SlotsPerTable; key++) Put(key);
        PutInTables(9 * Side);
        Assert.True(Table.TryRemove(9 * Side, out _)); // one child is left in the upper directory
        Assert.Equal(2, Table.GetStatistics().Directories);
        Puppet upper = Trimming();
        Assert.True(upper.RunTo(Step.Freeze, 2)); // the lower one's slot comes later
        Assert.Equal(512, Table.RemoveRange(first + 512, first + 1023)); // one child is left in the lower directory
        Puppet lower = Trimming();
        Assert.True(lower.RunTo(Step.Swing));
        Assert.True(upper.RunTo(Step.Swing));
        return (upper, lower);
    }

    [Fact]
    public void F1_a_range_removal_below_two_frozen_directories_replaces_the_upper_one_first()
    {
        const ulong first = 5 * Side;
        (Puppet upper, Puppet lower) = FreezeTwoDirectories(first);
        using (upper)
        using (lower)
        {
            Assert.Equal(512, Table.RemoveRange(first, first + 511));
            Put(first + 9);
            upper.Finish();
            lower.Finish();
        }
        ExpectAtRest(first + 9);
    }

    [Fact]
    public void F1_Trim_below_two_frozen_directories_replaces_the_upper_one_first()
    {
        const ulong first = 5 * Side;
        (Puppet upper, Puppet lower) = FreezeTwoDirectories(first);
        using (upper)
        using (lower)
        {
            Table.Trim();
            upper.Finish();
            lower.Finish();
        }
        ExpectAtRest([.. Enumerable.Range(0, 512).Select(i => first + (ulong)i)]);
    }

    [Fact]
    public void F1_a_removal_below_two_frozen_directories_replaces_the_upper_one_first()
    {
        const ulong first = 5 * Side;
        (Puppet upper, Puppet lower) = FreezeTwoDirectories(first);
        using (upper)
        using (lower)
        {
            for (ulong key = first; key < first + 512; key++) Assert.True(Table.TryRemove(key, out _));
            Put(first + 9);
            lower.Finish();
            upper.Finish();
        }
        ExpectAtRest(first + 9);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void F8_of_two_who_remove_the_last_two_values_one_takes_the_node_off(bool small)
    {
        using var line = new Barrier(2, _ =>
        {
            Assert.Equal(0, Table.GetStatistics().TableBytes);
            if (small) Put(3, 500);
            else PutInTables(3, 500);
        });
        int rounds = TestScale.Of(3000);
        Crew.Run(2, thread =>
        {
            for (int round = 0; round < rounds; round++)
            {
                Assert.True(line.SignalAndWait(Crew.Patience));
                Assert.True(Table.TryRemove(thread == 0 ? 3UL : 500, out _));
            }
        });
        ExpectAtRest();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_emptied_node_below_a_frozen_slot_is_not_left_standing(bool small)
    {
        PutBelowDirectories(small, 3, Near);
        Assert.True(Table.TryRemove(Near, out _));
        using Puppet remover = Removing(3);
        Assert.True(remover.RunTo(Step.Freeze, (small ? 3 : Geometry.SlotsPerTable) + 1)); // its node is off; the directory looked empty
        Put(Near); // and is not, any more
        Assert.True(remover.RunTo(Step.Swing));
        Assert.True(Table.TryRemove(Near, out _)); // empties the new bucket, whose slot is frozen
        remover.Finish();
        ExpectAtRest();
    }

    [Theory]
    [InlineData((int)Step.Change)]
    [InlineData((int)Step.Freeze)]
    [InlineData((int)Step.Copy)]
    [InlineData((int)Step.Swing)]
    [InlineData((int)Step.Retire)]
    public void A_table_disposed_while_a_writer_stands_at_a_step_waits_for_it_and_leaks_nothing(int step)
    {
        PutInTables(3, Near, Above);
        bool? answer = null;
        using var remover = new Puppet(() => answer = Table.TryRemove(3, out _));
        Assert.True(remover.RunTo((Step)step));
        var disposer = new Thread(Table.Dispose) { IsBackground = true };
        disposer.Start();
        Crew.Until(() => Table.ToString().Contains("disposed", StringComparison.Ordinal), "the table is taken off");
        Assert.Throws<ObjectDisposedException>(() => Table.TryAdd(9, 9));
        Assert.True(_fixture.Allocator.GetStatistics().LivePages > 0, "freed under an open section");
        remover.Finish();
        Assert.True(answer); // it had found the key before the end
        Assert.True(disposer.Join(Crew.Patience));
    }
}
