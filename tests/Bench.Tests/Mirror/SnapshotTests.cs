using Alloc.Bench.Mirror;

namespace Alloc.Bench.Tests.Mirror;

public sealed class SnapshotTests
{
    [Fact]
    public void A_key_that_does_not_ascend_is_left_out()
    {
        var snapshot = Of(5, 9);

        Assert.False(snapshot.Add(9, 1));
        Assert.False(snapshot.Add(3, 1));
        Assert.True(snapshot.Add(10, 1));
        Assert.Equal([5, 9, 10], snapshot.Keys.ToArray());
    }

    [Fact]
    public void Spans_count_aligned_blocks_with_an_entry()
    {
        Assert.Equal(0, Of().CountSpans(9));
        Assert.Equal(1, Of(0, 511).CountSpans(9));
        Assert.Equal(3, Of(0, 511, 512, 5000, 5001).CountSpans(9));
    }

    [Fact]
    public void Keys_that_another_snapshot_lacks_are_counted()
    {
        Assert.Equal(2, Of(1, 2, 3, 7).CountMissingFrom(Of(0, 2, 3, 8)));
        Assert.Equal(3, Of(1, 2, 3).CountMissingFrom(Of()));
        Assert.Equal(0, Of().CountMissingFrom(Of(1)));
    }

    private static Snapshot Of(params ulong[] keys)
    {
        var snapshot = new Snapshot();
        Array.ForEach(keys, key => snapshot.Add(key, key));
        return snapshot;
    }
}
