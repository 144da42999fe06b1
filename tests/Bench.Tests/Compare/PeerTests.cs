using Alloc.Bench.Compare;
using Alloc.Bench.Peers;
using Alloc.Bench.Peers.Native;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Tests.Compare;

public sealed class PeerTests
{
    private const int Entries = 5000;

    public static TheoryData<string> Names => [.. PeerCatalog.All.Where(kind => kind.Missing is null).Select(kind => kind.Name)];

    public static TheoryData<string> ThreadSafe => [.. PeerCatalog.All.Where(kind => kind.Missing is null && kind.IsThreadSafe).Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_contender_gives_the_checksums_of_the_key_set(string name)
    {
        Check<ulong>(PeerCatalog.Named(name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Values_that_fit_no_word_come_back_whole(string name)
    {
        Check<Wide16>(PeerCatalog.Named(name));
        Check<Wide32>(PeerCatalog.Named(name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Operations_of_all_kinds_add_up_alike(string name)
    {
        using var peer = PeerCatalog.Named(name).Create(1000);

        var sum = peer.Run(
        [
            new(OperationKind.Add, 7, 70),
            new(OperationKind.Set, 8, 80),
            new(OperationKind.Set, 8, 81),
            new(OperationKind.Get, 8, 80),
            new(OperationKind.Get, 9, 5),
            new(OperationKind.Add, 600, 1),
            new(OperationKind.Remove, 7, 0),
            new(OperationKind.Remove, 7, 0),
            new(OperationKind.RemoveRange, 8, 700),
        ]);

        Assert.Equal(1UL + 1 + 1 + (81 - 80) + 0 + 1 + 1 + 0 + 2, sum);
        Assert.Equal(0, peer.Count);
    }

    [Theory]
    [MemberData(nameof(ThreadSafe))]
    public void Two_threads_use_one_index_each_through_its_own_view(string name)
    {
        var set = KeySets.Dense(20_000);
        using var peer = PeerCatalog.Named(name).Create(set.Count);
        var half = set.Count / 2;
        var right = 0UL;
        void Work(int from)
        {
            using var view = peer.ForThisThread();
            for (var round = 0; round < 3; round++)
            {
                Interlocked.Add(ref right, view.Insert(set.Shuffled.AsSpan(from, half), set.ShuffledValues.AsSpan(from, half)));
                Interlocked.Add(ref right, view.Remove(set.Shuffled.AsSpan(from, half)));
            }

            view.Set(set.Shuffled.AsSpan(from, half), set.ShuffledValues.AsSpan(from, half));
        }

        Thread[] threads = [new(() => Work(0)), new(() => Work(half))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(3UL * 2 * (ulong)set.Count, right);
        Assert.Equal(set.Count, peer.Count);
        Assert.Equal(set.ScanSum(), peer.ScanInOrder());
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
            Assert.True(double.IsNaN(memory.Live) || memory.Live is > 7.9 and < 200, $"{memory.Live}"); // a value alone takes 8
            Assert.InRange(memory.Resident, 4, 500);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_contender_that_is_not_there_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PeerCatalog.Named("nobody"));
    }

    [Fact]
    public void A_package_that_is_missing_is_named()
    {
        var kind = new NativeKind("nothing", false, "PEER_NOTHING", "libnothing-dev", "nothing-of-that-name");

        Assert.Contains("libnothing-dev", kind.Missing, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => kind.Create(10));
    }

    private static void Check<TValue>(PeerKind kind)
        where TValue : unmanaged
    {
        var set = kind.Fits(KeySets.Clustered(10)) ? KeySets.Clustered(Entries) : KeySets.Sixteenth(Entries);
        if (!kind.Holds<TValue>())
        {
            Assert.Throws<NotSupportedException>(() => kind.Create<TValue>(Entries));
            return;
        }

        using var peer = kind.Create<TValue>(Entries);
        Assert.Equal((ulong)Entries, peer.Insert(set.Shuffled, set.ShuffledValues));
        Assert.Equal(0UL, peer.Insert(set.Shuffled, set.ShuffledValues));
        Assert.Equal(Entries, peer.Count);
        Assert.Equal(set.ValueSum(), peer.Lookup(set.Shuffled));
        Assert.Equal(set.ValueSum(), peer.LookupChain(set.Sorted, 0));
        Assert.Equal(set.ScanSum(), peer.ScanInOrder());
        Assert.Equal(0UL, peer.Lookup(AbsentKeys.InEmptySpans(set, 100)));
        Assert.Equal((ulong)Entries, peer.Set(set.Sorted, set.SortedValues));
        Assert.Equal(set.ScanSum(), peer.ScanInOrder());
        Assert.Equal(1000UL, peer.Remove(set.Sorted.AsSpan(0, 1000)));
        Assert.Equal(0UL, peer.Remove(set.Sorted.AsSpan(0, 1000)));
        Assert.Equal((ulong)Entries - 1000, (ulong)peer.Count);
        Assert.Equal(1000UL, peer.Insert(set.Sorted.AsSpan(0, 1000), set.SortedValues.AsSpan(0, 1000)));
        Assert.Equal((ulong)Entries - 2, peer.RemoveRange(set.Sorted[1], set.Sorted[^2]));
        Assert.Equal(2, peer.Count);
    }
}
