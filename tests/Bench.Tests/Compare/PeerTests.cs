using Alloc.Bench.Compare;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Tests.Compare;

public sealed class PeerTests
{
    public static TheoryData<string> Names => [.. PeerCatalog.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_contender_gives_the_checksums_of_the_key_set(string name)
    {
        var set = KeySets.Clustered(5000);
        using var peer = PeerCatalog.Create(name);

        Assert.Equal(5000UL, peer.Insert(set.Shuffled, set.ShuffledValues));
        Assert.Equal(0UL, peer.Insert(set.Shuffled, set.ShuffledValues));
        Assert.Equal(5000, peer.Count);
        Assert.Equal(set.ValueSum(), peer.Lookup(set.Shuffled));
        Assert.Equal(set.ValueSum(), peer.LookupChain(set.Sorted, 0));
        Assert.Equal(set.ScanSum(), peer.ScanInOrder());
        Assert.Equal(0UL, peer.Lookup([set.Sorted[0] - 1, set.Sorted[^1] + 1]));
        Assert.Equal(1000UL, peer.Remove(set.Sorted.AsSpan(0, 1000)));
        Assert.Equal(0UL, peer.Remove(set.Sorted.AsSpan(0, 1000)));
        Assert.Equal(4000, peer.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_memory_child_measures_something_plausible(string name)
    {
        var file = Path.GetTempFileName();
        try
        {
            KeyFile.Write(file, KeySets.Dense(200_000));

            var memory = MemoryChild.Measure(name, file);

            Assert.Equal(name, memory.Name);
            Assert.InRange(memory.Live, 7.9, 200); // a value alone takes 8
            Assert.InRange(memory.Resident, 4, 300);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_contender_that_is_not_there_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PeerCatalog.Create("nobody"));
    }
}
