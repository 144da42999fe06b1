using Alloc.Bench.Workloads;

namespace Alloc.Bench.Tests.Workloads;

public sealed class AbsentKeysTests
{
    [Fact]
    public void Near_misses_lie_in_populated_spans_and_far_ones_in_empty_ones_and_neither_is_present()
    {
        var set = KeySets.Clustered(20_000);
        var spans = set.Sorted.Select(key => key >> 9).ToHashSet();

        var near = AbsentKeys.InPopulatedSpans(set, 5000);
        var far = AbsentKeys.InEmptySpans(set, 5000);

        Assert.Equal(5000, near.Length);
        Assert.Equal(5000, far.Length);
        Assert.Empty(near.Intersect(set.Sorted));
        Assert.All(near, key => Assert.Contains(key >> 9, spans));
        Assert.All(far, key => Assert.DoesNotContain(key >> 9, spans));
    }

    [Fact]
    public void Full_spans_have_no_near_misses()
    {
        Assert.Empty(AbsentKeys.InPopulatedSpans(KeySets.Dense(5120), 1000));
        Assert.Empty(AbsentKeys.InPopulatedSpans(KeySet.FromSorted("none", [], []), 1000));
    }
}
