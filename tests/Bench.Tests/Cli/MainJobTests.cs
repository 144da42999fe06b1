using System.Diagnostics;
using System.Text.Json;
using Alloc.Bench.Cli;

namespace Alloc.Bench.Tests.Cli;

/// <summary>The whole short run, as a continuous build starts it.</summary>
public sealed class MainJobTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alloc-bench-");

    [Fact]
    public void The_short_main_job_passes_its_checks_and_leaves_its_report_and_figures()
    {
        var (exit, output) = Run("--quick", "--json", "figures.json");

        Assert.True(exit == ExitCode.Ok, output);
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        var report = File.ReadAllText(Path.Combine(_folder.FullName, "artifacts", MainJob.ReportName));
        Assert.True(report.Split("<img ").Length > 6);
        using var figures = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.FullName, "figures.json")));
        var root = figures.RootElement;
        Assert.Equal(5, root.GetProperty("reclaim").GetProperty("runs").GetArrayLength());
        Assert.Equal(3, root.GetProperty("compare").GetProperty("sets").GetArrayLength());
        Assert.True(root.GetProperty("mirror").GetProperty("rounds")[0].GetProperty("entries").GetInt32() > 0);
        Assert.All(root.GetProperty("checks").EnumerateArray(), check => Assert.Equal("Passed", check.GetProperty("outcome").GetString()));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private (int Exit, string Output) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = _folder.FullName };
        string[] all = ["exec", typeof(MainJob).Assembly.Location, .. arguments];
        Array.ForEach(all, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
