using Alloc.Bench.Mirror;

namespace Alloc.Bench.Tests.Mirror;

public sealed class TableMirrorTests
{
    [Fact]
    public void A_snapshot_is_brought_in_and_its_successors_replace_it()
    {
        using var mirror = new TableMirror();

        Assert.Equal((4, 0, 0), mirror.Apply(Of((0, 1), (5, 2), (600, 3), (ulong.MaxValue, 4))));
        Assert.Null(mirror.FindMistake(Of((0, 1), (5, 2), (600, 3), (ulong.MaxValue, 4))));
        Assert.Equal((1, 1, 2), mirror.Apply(Of((5, 7), (6, 8), (600, 3))));
        Assert.Null(mirror.FindMistake(Of((5, 7), (6, 8), (600, 3))));
        Assert.Equal((0, 0, 3), mirror.Apply(Of()));
        Assert.Null(mirror.FindMistake(Of()));
        Assert.Equal(0, mirror.RemoveAll().Removed);
    }

    [Fact]
    public void Every_kind_of_difference_between_table_and_snapshot_is_found()
    {
        using var mirror = new TableMirror();
        mirror.Apply(Of((10, 1), (20, 2), (30, 3)));

        Assert.NotNull(mirror.FindMistake(Of((10, 1), (20, 2)))); // one too many in the table
        Assert.NotNull(mirror.FindMistake(Of((10, 1), (20, 2), (30, 3), (40, 4)))); // one too few
        Assert.NotNull(mirror.FindMistake(Of((10, 1), (20, 9), (30, 3)))); // another word
        Assert.NotNull(mirror.FindMistake(Of((10, 1), (21, 2), (30, 3)))); // another key
        Assert.NotNull(mirror.FindMistake(Of()));
        Assert.Null(mirror.FindMistake(Of((10, 1), (20, 2), (30, 3))));
    }

    [Fact]
    public void Removing_everything_leaves_no_entry_and_nothing_pending()
    {
        using var mirror = new TableMirror();
        var snapshot = new Snapshot();
        for (var key = 0UL; key < 100_000; key += 3)
        {
            snapshot.Add(key, key);
        }

        mirror.Apply(snapshot);
        var (removed, after) = mirror.RemoveAll();

        Assert.Equal(snapshot.Count, removed);
        Assert.Equal(0, after.Entries);
        Assert.Equal(0, after.PendingBytes);
        Assert.Equal(0, after.PendingPages);
    }

    private static Snapshot Of(params (ulong Key, ulong Word)[] entries)
    {
        var snapshot = new Snapshot();
        Array.ForEach(entries, entry => snapshot.Add(entry.Key, entry.Word));
        return snapshot;
    }
}
