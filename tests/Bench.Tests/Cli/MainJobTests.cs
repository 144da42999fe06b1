using System.Text.Json;
using Alloc.Bench.Cli;

namespace Alloc.Bench.Tests.Cli;

/// <summary>The whole short run, as a continuous build starts it.</summary>
public sealed class MainJobTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alloc-bench-");

    [Fact]
    public void The_short_main_job_fails_no_check_and_leaves_its_report_and_figures()
    {
        var (exit, output, error) = BenchProgram.Run(_folder.FullName, "--quick", "--json", "figures.json");

        // A machine that stops the reader for long, or starves the child, leaves a check open; the program must then say so.
        var open = output.Contains("INCONCLUSIVE", StringComparison.Ordinal);
        Assert.True(exit == (open ? ExitCode.Inconclusive : ExitCode.Ok), output + error);
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        var report = File.ReadAllText(Path.Combine(_folder.FullName, "artifacts", MainJob.ReportName));
        Assert.True(report.Split("<img ").Length > 6);
        using var figures = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.FullName, "figures.json")));
        var root = figures.RootElement;
        Assert.Equal(5, root.GetProperty("reclaim").GetProperty("runs").GetArrayLength());
        Assert.Equal(3, root.GetProperty("compare").GetProperty("sets").GetArrayLength());
        Assert.True(root.GetProperty("mirror").GetProperty("rounds")[0].GetProperty("entries").GetInt32() > 0);
        Assert.All(root.GetProperty("checks").EnumerateArray(), check => Assert.NotEqual("Failed", check.GetProperty("outcome").GetString()));
        Assert.Equal(open, root.GetProperty("outcome").GetString() == "Inconclusive");
    }

    [Fact]
    public void The_micro_suite_lists_and_runs_and_refuses_a_filter_that_fits_nothing()
    {
        var (exit, output, _) = BenchProgram.Run(_folder.FullName, "micro", "--list", "flat");
        Assert.Equal(ExitCode.Ok, exit);
        Assert.All((string[])["PageAllocatorBench", "BlockBench", "SectionBenchmarks", "DeferBenchmarks", "TableBenchmarks", "ValueBenchmarks", "ThreadBenchmarks", "ReclaimBenchmarks"], name => Assert.Contains(name, output, StringComparison.Ordinal));

        (exit, output, _) = BenchProgram.Run(_folder.FullName, "micro", "--job", "dry", "--inProcess", "--filter", "*Section*", "*Defer*", "*Value*", "*Thread*", "*Reclaim*", "*Block*");
        Assert.True(exit == ExitCode.Ok, output);
        Assert.True(Directory.GetFiles(_folder.FullName, "*-report.html", SearchOption.AllDirectories).Length >= 5);

        Assert.Equal(ExitCode.BadArguments, BenchProgram.Run(_folder.FullName, "micro", "--filter", "*nothing*").Exit);
        Assert.Equal(ExitCode.BadArguments, BenchProgram.Run(_folder.FullName, "micro", "--bogus").Exit);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
