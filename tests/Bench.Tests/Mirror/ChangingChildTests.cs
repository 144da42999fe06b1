using System.Diagnostics;
using Alloc.Bench.Mirror;

namespace Alloc.Bench.Tests.Mirror;

public sealed class ChangingChildTests
{
    [Fact]
    public void The_child_maps_and_unmaps_by_itself_and_ends_with_its_input()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int pid;
        using (var child = ChildProcess.Start(ChangingChild.Command))
        {
            pid = child.Id;
            child.WaitForLine(ChangingChild.ReadyLine);
            using var source = PagemapSource.TryOpen(pid, out var problem);
            if (source is null)
            {
                Assert.NotEmpty(problem);
                return;
            }

            var first = new Snapshot();
            var second = new Snapshot();
            source.Read(first);
            var watchdog = Stopwatch.StartNew();
            do
            {
                source.Read(second);
            }
            while ((first.CountMissingFrom(second) == 0 || second.CountMissingFrom(first) == 0) && watchdog.Elapsed < TimeSpan.FromMinutes(1));

            Assert.True(first.CountMissingFrom(second) > 0);
            Assert.True(second.CountMissingFrom(first) > 0);
        }

        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public void The_child_of_the_fallback_creates_and_deletes_files()
    {
        var folder = Directory.CreateTempSubdirectory("alloc-bench-");
        try
        {
            using var child = ChildProcess.Start(ChangingChild.Command, folder.FullName);
            child.WaitForLine(ChangingChild.ReadyLine);
            using var source = new FileTreeSource(folder.FullName);
            var first = new Snapshot();
            var second = new Snapshot();
            source.Read(first);
            var watchdog = Stopwatch.StartNew();
            do
            {
                source.Read(second);
            }
            while (second.CountMissingFrom(first) == 0 && watchdog.Elapsed < TimeSpan.FromMinutes(1));

            Assert.True(first.Count > 0);
            Assert.True(second.CountMissingFrom(first) > 0);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
