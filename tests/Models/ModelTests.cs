using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Alloc.Tests;
using Xunit.Abstractions;

namespace Alloc.Models.Tests;

/// <summary>One group of <c>run.sh</c> a test: complete searches without an error, and seeds that find theirs.</summary>
public sealed partial class ModelTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(20);

    [SpinFact]
    public Task A_grace_period_misses_no_reader_that_missed_the_unlink() => Search("grace");

    [SpinFact]
    public Task Waiters_share_a_grace_period_only_if_it_began_after_their_unlink() => Search("sharing");

    [SpinFact]
    public Task No_deferred_head_is_lost_or_taken_twice_and_nobody_sleeps_over_one() => Search("reclaim");

    [SpinFact]
    public Task Producers_that_wait_for_room_are_woken_and_never_wait_for_themselves() => Search("pressure");

    [SpinFact]
    public Task Freeze_copy_swing_is_linearizable_and_leaves_nothing_behind() => Search("freeze");

    [SpinFact]
    public Task Leaf_tables_and_their_directories_come_and_go_by_the_same_protocol() => Search("tables");

    [SpinFact]
    public Task Refused_memory_leaves_no_frozen_node_and_a_full_reserve() => Search("memory");

    [Fact]
    public void Every_check_belongs_to_a_group_that_a_test_searches()
    {
        string[] groups = [.. File.ReadLines(Path.Combine(Folder(), "checks.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
            .Distinct()
            .Order(StringComparer.Ordinal)];
        Assert.Equal(["freeze", "grace", "memory", "pressure", "reclaim", "sharing", "tables"], groups);
    }

    private async Task Search(string group)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(Folder(), "run.sh"));
        if (TestScale.Factor >= 10) start.ArgumentList.Add("all");
        start.ArgumentList.Add(group);

        using var process = Process.Start(start)!;
        Task<string> lines = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var watchdog = new CancellationTokenSource(Watchdog * Math.Max(1, TestScale.Factor));
        try
        {
            await process.WaitForExitAsync(watchdog.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"run.sh {group} did not end.");
        }

        string text = await lines + await errors;
        output.WriteLine(text);
        Match summary = Summary().Match(text);
        Assert.True(summary.Success, text);
        Assert.True(int.Parse(summary.Groups["passed"].Value, CultureInfo.InvariantCulture) > 0, "No search ran.");
        Assert.True(process.ExitCode == 0, text);
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Alloc.sln"))) return Path.Combine(folder.FullName, "tests", "Models");
        }
        throw new InvalidOperationException("The test does not run inside the repository.");
    }

    [GeneratedRegex(@"^models: (?<passed>\d+) passed, \d+ failed", RegexOptions.Multiline)]
    private static partial Regex Summary();
}
