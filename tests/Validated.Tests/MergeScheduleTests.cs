using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests;

/// <summary>Trim stops while it merges a directory with its children, and others come: F1 to F5 and F12 of more than one node at once.</summary>
[Collection(Stage.Name)]
public sealed class MergeScheduleTests : IDisposable
{
    private const int Slots = Geometry.SlotsPerTable;

    private readonly TableFixture<ulong> _fixture = new();
    private readonly SortedSet<ulong> _keys = [];

    private RadixTable<ulong> Table => _fixture.Table;

    private RadixTableStatistics Statistics => Table.GetStatistics();

    public void Dispose() => _fixture.Dispose();

    // A directory of 512 over three buckets of one key each.
    private Puppet Merging()
    {
        ulong[] keys = [3, 600, 1100];
        Table.PutInLeafTables(key => InlineValues.Make(key, 1), keys);
        Table.Trim(maxNodes: keys.Length);
        _keys.UnionWith(keys);
        Assert.True(Statistics is { Directories: 1, Buckets: 3, LeafTables: 0 }, Statistics.ToString());
        return new Puppet(Table.Trim);
    }

    private void Put(ulong key)
    {
        Assert.Equal(_keys.Add(key), Table.TryAdd(key, InlineValues.Make(key, 1)));
        Assert.True(Table.ContainsKey(key));
    }

    private void Cut(ulong key)
    {
        Assert.Equal(_keys.Remove(key), Table.TryRemove(key, out _));
        Assert.False(Table.ContainsKey(key));
    }

    private void ExpectAtRest()
    {
        Assert.Equal(_keys, TreeCheck.AtRest(Table, _fixture.Domain, _fixture.Allocator).Keys);
        foreach (ulong key in _keys)
        {
            Assert.Equal(InlineValues.Make(key, 1), Table[key]);
            for (int bit = 0; bit < 64; bit++) Assert.Equal(_keys.Contains(key ^ 1UL << bit), Table.ContainsKey(key ^ 1UL << bit));
        }
        Table.Trim();
        Assert.Equal(_keys, TreeCheck.AtRest(Table, _fixture.Domain, _fixture.Allocator, trimmed: true).Keys);
    }

    [Fact]
    public void Undisturbed_it_makes_one_bucket_of_all()
    {
        using Puppet trimmer = Merging();
        trimmer.Finish();
        Assert.True(Statistics is { Directories: 0, Buckets: 1 }, Statistics.ToString());
        ExpectAtRest();
    }

    [Fact]
    public void F12_a_writer_that_meets_the_frozen_slots_puts_a_copy_in_and_every_frozen_child_is_seen_through()
    {
        using Puppet trimmer = Merging();
        Assert.True(trimmer.RunTo(Step.Swing));
        Put(4); // helps the directory, then the bucket
        Assert.True(Statistics.Helps >= 1);
        Assert.Equal(1, Statistics.Directories); // the copy
        trimmer.Finish();
        ExpectAtRest();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(8)]
    public void F5_what_is_changed_in_place_while_the_children_are_being_frozen_is_in_the_copy(int frozen)
    {
        using Puppet trimmer = Merging();
        Assert.True(trimmer.RunTo(Step.Freeze, Slots + frozen + 1)); // the slots, and so many words below
        Assert.True(Table.TryUpdate(1100, InlineValues.Make(1100, 9), InlineValues.Make(1100, 1)));
        Assert.True(Table.TryUpdate(1100, InlineValues.Make(1100, 1), InlineValues.Make(1100, 9)));
        Cut(1100);
        Put(1101);
        Cut(3);
        trimmer.Finish();
        ExpectAtRest();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(200)]
    [InlineData(Slots)]
    public void A_child_that_grows_to_what_does_not_fit_leaves_a_directory_that_is_not_frozen(int freeze)
    {
        using Puppet trimmer = Merging();
        Assert.True(trimmer.RunTo(Step.Freeze, freeze));
        for (ulong key = 1024; key < 1536; key++) Put(key); // a leaf table of them, in a slot that is frozen or is not
        trimmer.Finish();
        Assert.Equal(1, Statistics.LeafTables);
        ExpectAtRest();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Slots)]
    [InlineData(Slots + 3)]
    public void Children_that_are_emptied_meanwhile_leave_nothing(int freeze)
    {
        using Puppet trimmer = Merging();
        Assert.True(trimmer.RunTo(Step.Freeze, freeze));
        Cut(3);
        Cut(600);
        Cut(1100);
        trimmer.Finish();
        ExpectAtRest();
        Assert.Equal(0, Statistics.TableBytes);
    }

    [Theory]
    [InlineData((int)Step.Freeze)]
    [InlineData((int)Step.Copy)]
    [InlineData((int)Step.Swing)]
    public void A_range_removal_goes_through_what_is_being_merged(int step)
    {
        using Puppet trimmer = Merging();
        Assert.True(trimmer.RunTo((Step)step, step == (int)Step.Freeze ? Slots + 2 : 1));
        Assert.Equal(2, Table.RemoveRange(0, 1000));
        _keys.RemoveWhere(key => key <= 1000);
        trimmer.Finish();
        ExpectAtRest();
    }

    [Theory]
    [InlineData((int)Step.Freeze)]
    [InlineData((int)Step.Copy)]
    [InlineData((int)Step.Swing)]
    public void A_split_above_the_directory_that_is_being_merged_loses_nothing(int step)
    {
        using Puppet trimmer = Merging();
        Assert.True(trimmer.RunTo((Step)step, step == (int)Step.Freeze ? Slots + 2 : 1));
        Put(1UL << 40);
        Assert.Equal(2, Statistics.Splits);
        trimmer.Finish();
        ExpectAtRest();
    }

    [Theory]
    [InlineData((int)Step.Freeze, (int)Step.Freeze)]
    [InlineData((int)Step.Copy, (int)Step.Swing)]
    [InlineData((int)Step.Swing, (int)Step.Swing)]
    [InlineData((int)Step.Swing, (int)Step.Retire)]
    public void Two_that_merge_the_same_directory_do_it_once(int first, int second)
    {
        using Puppet trimmer = Merging();
        Assert.True(trimmer.RunTo((Step)first));
        using var other = new Puppet(Table.Trim);
        other.RunTo((Step)second);
        trimmer.Finish();
        other.Finish();
        ExpectAtRest();
        Assert.Equal(0, Statistics.Directories);
    }

    [Fact]
    public void Readers_find_everything_at_every_step_of_a_merge()
    {
        using Puppet trimmer = Merging();
        int steps = 0;
        while (trimmer.RunTo((step, _) => step is not Step.Read))
        {
            steps++;
            if (steps is > 20 and < 500) continue; // of the directory's pass
            Assert.Equal(_keys, Table.Select(entry => entry.Key));
            foreach (ulong key in _keys) Assert.Equal(InlineValues.Make(key, 1), Table[key]);
            Assert.False(Table.ContainsKey(4));
        }
        Assert.True(steps > Slots);
        trimmer.Finish();
        ExpectAtRest();
    }
}
