using Alloc.Bench.Mirror;
using Alloc.Bench.Report;

namespace Alloc.Bench.Tests.Mirror;

public sealed class MirrorJobTests
{
    [Fact]
    public void Without_any_page_table_the_files_of_the_installation_are_indexed_and_a_folder_that_changes_is_followed()
    {
        var job = new MirrorJob(pid: null, quick: true, new SilentProgress(), CancellationToken.None, Refuse);

        var (figures, checks) = job.Run();

        Assert.Contains("files under", figures.Source, StringComparison.Ordinal);
        Assert.Contains(figures.Notes, note => note.Contains("not today", StringComparison.Ordinal));
        Assert.True(figures.Rounds[0].Entries > 100);
        Assert.All(figures.Rounds, round => Assert.Null(round.KernelTableBytes));
        Assert.True(job.Keys.Count > 100);
        Assert.All(checks.SkipLast(1), check => Assert.Equal(Outcome.Passed, check.Outcome));
        Assert.NotEqual(Outcome.Failed, checks[^1].Outcome);
    }

    [Fact]
    public void A_process_that_refuses_is_named_and_this_one_is_mirrored_instead()
    {
        if (PagemapSource.TryOpen(Environment.ProcessId, out _) is not { } probe)
        {
            return;
        }

        probe.Dispose();
        var job = new MirrorJob(int.MaxValue, quick: true, new SilentProgress(), CancellationToken.None);

        var (figures, checks) = job.Run();

        Assert.Contains($"process {Environment.ProcessId}", figures.Source, StringComparison.Ordinal);
        Assert.Contains(figures.Notes, note => note.Contains($"{int.MaxValue}", StringComparison.Ordinal));
        Assert.All(checks.SkipLast(1), check => Assert.Equal(Outcome.Passed, check.Outcome));
    }

    private static ISnapshotSource? Refuse(int pid, out string problem)
    {
        problem = "not today";
        return null;
    }
}
