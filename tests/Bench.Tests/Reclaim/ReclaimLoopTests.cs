using Alloc.Bench.Reclaim;
using Alloc.Bench.Workloads;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Tests.Reclaim;

public sealed class ReclaimLoopTests
{
    [Theory]
    [InlineData(ReclaimMode.Rcu, false)]
    [InlineData(ReclaimMode.Rcu, true)]
    [InlineData(ReclaimMode.SemiRcu, false)]
    [InlineData(ReclaimMode.SemiRcu, true)]
    public void Reclaiming_modes_end_small_with_nothing_pending_or_stranded(ReclaimMode mode, bool refuseBatches)
    {
        var loop = new ReclaimLoop(mode, refuseBatches, 1200, CancellationToken.None);

        var run = loop.Run(_ => { });

        Assert.Null(loop.Mistake);
        Assert.Equal(0, run.AtEnd.PendingBytes);
        Assert.Equal(0, run.StrandedBytes);
        Assert.InRange(run.AtEnd.TableBytes, 0, 240 << 10);
        Assert.True(run.PeakBytes >= 4096);
        Assert.Equal(1200, run.Removal.Count);
        Assert.True(run.Reader.Sections > 0);
        Assert.InRange(run.Samples.Count, 300, 500);
    }

    [Fact]
    public void Without_reclaim_every_last_level_table_stays()
    {
        var loop = new ReclaimLoop(ReclaimMode.None, refuseBatches: false, 1200, CancellationToken.None);

        var run = loop.Run(_ => { });

        Assert.Null(loop.Mistake);
        Assert.InRange(run.AtEnd.TableBytes, (1200 + 3) * 4096, (1200 + 3 + 14) * 4096);
        Assert.Equal(run.AtEnd.TableBytes, run.PeakTableBytes);
        Assert.Equal(0, run.StrandedBytes);
    }

    [Fact]
    public void A_stop_ends_the_loop_and_its_reader()
    {
        var loop = new ReclaimLoop(ReclaimMode.Rcu, refuseBatches: false, 1000, new CancellationToken(canceled: true));

        Assert.Throws<OperationCanceledException>(() => loop.Run(_ => { }));
    }

    [Fact]
    public void The_reader_tells_a_value_that_was_never_stored()
    {
        using var domain = new RcuDomain();
        using var table = new RadixTable<ulong>(new RadixTableOptions { Domain = domain });
        const ulong Key = 0x7f00_0000;
        table[Key] = KeySet.ValueOf(Key) + 1;
        var reader = new SectionReader(table, domain, Key, pages: 1);
        Assert.True(SpinWait.SpinUntil(() => reader.Mistake is not null, TimeSpan.FromMinutes(1)));
        reader.Dispose();

        Assert.Contains("was ever stored", reader.Mistake, StringComparison.Ordinal);
        Assert.True(reader.Hits > 0);
    }
}
