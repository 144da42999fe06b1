using Alloc.Bench.Compare;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Tests.Compare;

/// <summary>Every scenario once, small: whoever answers wrongly throws.</summary>
public sealed class ScenarioTests
{
    private static readonly MachineClock Clock = new();
    private static readonly PeerKind[] Everyone = [.. PeerCatalog.All.Where(kind => kind.Missing is null)];

    [Theory]
    [InlineData("dense")]
    [InlineData("clustered")]
    public void All_operations_by_everyone_have_the_right_checksums(string pattern)
    {
        using var scenario = new OperationScenario<ulong>(KeySets.Create(pattern, 9000), Everyone, Clock);

        scenario.RunPass();

        Assert.All(scenario.Series, series => Assert.Equal(1, series.Passes));
        Assert.Contains(scenario.Series[0].Summarize().Contenders, one => one.Name == NonBlockingKind.PeerName);
        Assert.Equal(pattern == "dense", scenario.Series[0].Summarize().Contenders.Any(one => one.Name == FlatArrayKind.PeerName));
    }

    [Fact]
    public void Wide_values_and_words_that_fit_no_word_have_the_right_checksums()
    {
        var set = KeySets.Clustered(5000);
        using var words = new OperationScenario<ulong>(KeySets.WithWideWords(set), Everyone, Clock);
        using var wide = new OperationScenario<Wide32>(set, Everyone, Clock, "wide");

        words.RunPass();
        wide.RunPass();

        Assert.Equal("wide", wide.Name);
        Assert.DoesNotContain(wide.Series[0].Summarize().Contenders, one => one.Name.EndsWith("(C)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(50)]
    public void Threads_that_read_and_write_add_up_pass_after_pass(int percentWrites)
    {
        using var scenario = new MixedScenario(KeySets.Clustered(20_000), percentWrites, Everyone, Clock);

        scenario.RunPass();
        scenario.RunPass();

        Assert.Equal(2, scenario.Series[0].Passes);
        Assert.DoesNotContain(scenario.Series[0].Summarize().Contenders, one => one.Name == SortedDictionaryKind.PeerName);
    }

    [Fact]
    public void Zipf_and_the_map_and_zap_loop_have_the_right_checksums()
    {
        using var zipf = new ZipfScenario(KeySets.Clustered(20_000), Everyone, Clock);
        using var zap = new MapZapScenario(Everyone, Clock);

        zipf.RunPass();
        zap.RunPass();
        zap.RunPass();

        Assert.Equal(2, zap.Series[0].Passes);
    }

    [Fact]
    public void A_trace_is_replayed_alike_by_everyone_who_can_hold_it()
    {
        var random = new SplitMix64(3);
        var operations = new Operation[6000];
        for (var i = 0; i < operations.Length; i++)
        {
            var (key, other) = ((ulong)random.Next(3000), (ulong)random.Next(40));
            operations[i] = random.Next(10) switch
            {
                < 5 => new(OperationKind.Set, key, 1 + other),
                < 8 => new(OperationKind.Get, key, 0),
                8 => new(OperationKind.Remove, key, 0),
                _ => new(OperationKind.RemoveRange, key, key + other),
            };
        }

        using var all = new TraceScenario("all", operations, Everyone, Clock);
        using var withZero = new TraceScenario("zero", [.. operations, new(OperationKind.Set, 1, 0), new(OperationKind.Get, 1, 0)], Everyone, Clock);
        all.RunPass();
        withZero.RunPass();

        Assert.Equal(Everyone.Count(PeerCatalog.IsIndex), all.Series[0].Summarize().Contenders.Length + (all.Series[0].Summarize().Contenders.Any(one => one.Name == FlatArrayKind.PeerName) ? 0 : 1));
        Assert.DoesNotContain(withZero.Series[0].Summarize().Contenders, one => one.Name == "Judy (C)");
    }

    [Fact]
    public void A_contender_that_loses_a_value_ends_the_run()
    {
        using var scenario = new OperationScenario<ulong>(KeySets.Dense(5000), [PeerCatalog.All[0], new ForgetfulKind()], Clock);

        var error = Assert.Throws<WrongChecksumException>(scenario.RunPass);

        Assert.Contains(NothingKind.PeerName, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_open_loop_counts_what_it_records_and_puts_every_key_back_or_away()
    {
        var set = KeySets.Clustered(10_000);
        using var peer = PeerCatalog.All[0].Create(set.Count);
        peer.Insert(set.Shuffled, set.ShuffledValues);

        var histogram = OpenLoop.Run(peer, set, 2000, TimeSpan.FromMilliseconds(4), TimeSpan.FromMilliseconds(40));

        Assert.Equal(20_000, histogram.TotalCount);
        Assert.Equal(set.Count - 1024, peer.Count);
    }

    private sealed class ForgetfulKind : PeerKind
    {
        public override string Name => NothingKind.PeerName;

        public override IndexPeer Create<TValue>(int expected) => new PausingPeer(TimeSpan.Zero, int.MaxValue);
    }
}
