using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests;

/// <summary>An insert stops while it widens a directory, and others come: F1 to F5 and F12 of more than a hundred nodes at once.</summary>
[Collection(Stage.Name)]
public sealed class WideningScheduleTests : IDisposable
{
    private const int Slots = 128;

    private static readonly Lazy<CrowdedDirectory> s_crowd = new(() => CrowdedDirectory.Make(1));

    private readonly TableFixture<ulong> _fixture = new();
    private readonly SortedSet<ulong> _keys = [];
    private readonly ulong _last;

    public WideningScheduleTests()
    {
        foreach (ulong key in s_crowd.Value.Before) Put(key);
        _last = s_crowd.Value.Before[^1];
    }

    private RadixTable<ulong> Table => _fixture.Table;

    private RadixTableStatistics Statistics => Table.GetStatistics();

    public void Dispose() => _fixture.Dispose();

    private static ulong ValueOf(ulong key) => InlineValues.Make(key, 1);

    private Puppet Widening()
    {
        ulong key = s_crowd.Value.Next;
        _keys.Add(key);
        return new Puppet(() => Assert.True(Table.TryAdd(key, ValueOf(key))));
    }

    private void Put(ulong key)
    {
        Assert.Equal(_keys.Add(key), Table.TryAdd(key, ValueOf(key)));
    }

    private void Cut(ulong key)
    {
        Assert.Equal(_keys.Remove(key), Table.TryRemove(key, out _));
        Assert.False(Table.ContainsKey(key));
    }

    // A key beside one that is there, so in the same bucket of either directory.
    private ulong Beside(ulong key)
    {
        while (_keys.Contains(key)) key ^= 1;
        return key;
    }

    private void ExpectAtRest()
    {
        Assert.Equal(_keys, TreeCheck.AtRest(Table, _fixture.Domain, _fixture.Allocator).Keys);
        foreach (ulong key in _keys) Assert.Equal(ValueOf(key), Table[key]);
    }

    [Fact]
    public void Undisturbed_it_makes_one_directory_of_the_other()
    {
        using Puppet insert = Widening();
        insert.Finish();
        Assert.True(Statistics is { Directories: 2, NarrowDirectories: 0, Widenings: 1, LostSwings: 0 }, Statistics.ToString());
        ExpectAtRest();
    }

    [Theory]
    [InlineData((int)Step.Copy)]
    [InlineData((int)Step.Swing)]
    public void F12_a_writer_that_meets_the_frozen_slots_puts_a_copy_in_and_every_frozen_child_is_seen_through(int step)
    {
        using Puppet insert = Widening();
        Assert.True(insert.RunTo((Step)step));
        for (int i = 1; i <= 200; i++) Cut(s_crowd.Value.Before[^i]); // helps the directory, then buckets
        Assert.True(Statistics.Helps >= 1);
        insert.Finish();
        Assert.Equal(0, Statistics.Widenings);
        ExpectAtRest();
    }

    [Fact]
    public void An_interrupt_while_a_helper_waits_is_kept_for_its_next_wait()
    {
        using Puppet insert = Widening();
        Assert.True(insert.RunTo(Step.Swing));
        bool interrupted = false;
        Crew.Run(() =>
        {
            Thread.CurrentThread.Interrupt();
            Cut(s_crowd.Value.Before[^1]);
            try
            {
                Thread.Sleep(0);
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        });
        Assert.True(interrupted);
        Assert.True(Statistics.Helps >= 1);
        insert.Finish();
        ExpectAtRest();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(5_000)]
    [InlineData(20_000)]
    public void F5_what_is_changed_in_place_while_the_children_are_being_frozen_is_in_the_copy(int frozen)
    {
        using Puppet insert = Widening();
        Assert.True(insert.RunTo(Step.Freeze, Slots + frozen)); // the slots, and so many words below
        ulong[] keys = s_crowd.Value.Before[^2000..];
        foreach (ulong key in keys) Table.TryUpdate(key, ValueOf(key) ^ 1, ValueOf(key));
        foreach (ulong key in keys) Assert.True(Table.TryUpdate(key, ValueOf(key), ValueOf(key) ^ 1));
        insert.Finish();
        ExpectAtRest();
    }

    [Theory]
    [InlineData((int)Step.Freeze, 1)]
    [InlineData((int)Step.Freeze, Slots + 1)]
    [InlineData((int)Step.Freeze, 20_000)]
    [InlineData((int)Step.Copy, 1)]
    [InlineData((int)Step.Swing, 1)]
    public void A_range_removal_goes_through_what_is_being_widened(int step, int nth)
    {
        using Puppet insert = Widening();
        Assert.True(insert.RunTo((Step)step, nth));
        ulong first = CrowdedDirectory.First + (1UL << 20), last = CrowdedDirectory.First + (1UL << 22);
        ulong own = s_crowd.Value.Next;
        int expected = _keys.GetViewBetween(first, last).Count - (own >= first && own <= last ? 1 : 0);
        Assert.Equal(expected, Table.RemoveRange(first, last));
        _keys.RemoveWhere(key => key >= first && key <= last && key != own);
        insert.Finish();
        ExpectAtRest();
    }

    [Theory]
    [InlineData((int)Step.Freeze, 1)]
    [InlineData((int)Step.Freeze, 5_000)]
    [InlineData((int)Step.Copy, 1)]
    [InlineData((int)Step.Swing, 1)]
    public void Of_two_that_widen_the_same_directory_one_at_most_does_it(int step, int nth)
    {
        using Puppet insert = Widening();
        Assert.True(insert.RunTo((Step)step, nth));
        ulong key = Beside(s_crowd.Value.Next);
        _keys.Add(key);
        using var other = new Puppet(() => Assert.True(Table.TryAdd(key, ValueOf(key))));
        other.RunTo(Step.Swing);
        insert.Finish();
        other.Finish();
        Assert.InRange(Statistics.Widenings, 0, 1);
        ExpectAtRest();
    }

    [Fact]
    public void One_that_another_thread_has_widened_meanwhile_is_not_widened_twice()
    {
        using Puppet insert = Widening();
        Assert.True(insert.RunTo(Step.Freeze, 1));
        ulong block = CrowdedDirectory.Last - 0xFFFF; // the last slot
        for (ulong i = 0; i < 300; i++)
        {
            ulong key = block + i * 211;
            if (!_keys.Contains(key)) Put(key);
        }
        Assert.Equal(1, Statistics.Widenings);
        insert.Finish();
        Assert.True(Statistics is { Widenings: 1, LostSwings: 1, Directories: 2 }, Statistics.ToString());
        ExpectAtRest();
    }

    [Fact]
    public void Readers_find_everything_at_every_kind_of_step()
    {
        using Puppet insert = Widening();
        int steps = 0;
        while (insert.RunTo((step, _) => step is not Step.Read))
        {
            steps++;
            if (steps % 997 != 0) continue;
            foreach (ulong key in s_crowd.Value.Before.AsSpan()[^1000..]) Assert.Equal(ValueOf(key), Table[key]);
            Assert.True(Table.TryGetFirst(out _, out _) && Table.TryGetLast(out ulong end, out _) && (end == _last || _keys.Contains(end)));
            Assert.Equal(s_crowd.Value.Before.Length, Table.CountRange(0, ulong.MaxValue));
        }
        Assert.True(steps > 20 * 997);
        insert.Finish();
        ExpectAtRest();
    }
}
