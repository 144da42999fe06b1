using Alloc.Bench.Cli;
using Alloc.Bench.Compare;
using Alloc.Bench.Report;

namespace Alloc.Bench.Tests.Cli;

/// <summary>The real program, small.</summary>
public sealed class CompareCommandTests : IDisposable
{
    private static readonly string[] Small = ["compare", "--quick", "--n", "5000", "--passes", "2", "--patterns", "clustered", "--peers", "NonBlocking"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alloc-bench-");

    [Fact]
    public void A_saved_run_is_compared_with_the_next_one()
    {
        var (exit, output, error) = BenchProgram.Run(_folder.FullName, [.. Small, "--workloads", "patterns", "zap", "memory", "--json", "a.json"]);
        Assert.True(exit == ExitCode.Ok, output + error);
        var saved = JsonWriter.Read<CompareRun>(File.ReadAllText(Path.Combine(_folder.FullName, "a.json")));
        Assert.Equal(["clustered", "map and zap"], saved.Sets.Select(set => set.Keys));
        Assert.Equal(["RadixTable", "NonBlocking"], saved.Sets[0].Memory.Select(memory => memory.Name));

        (exit, output, error) = BenchProgram.Run(_folder.FullName, [.. Small, "--workloads", "patterns", "latency", "--baseline", "a.json"]);
        Assert.True(exit == ExitCode.Ok, output + error);
        Assert.Contains("0 of 9 ratios changed", output, StringComparison.Ordinal); // two passes decide nothing
        Assert.Contains("map and zap", output, StringComparison.Ordinal);
        Assert.Contains("nothing: the machine alone", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "artifacts", CompareCommand.ReportName)));
    }

    [Fact]
    public void A_trace_is_replayed_and_one_that_is_none_is_refused_in_one_line()
    {
        var trace = Path.Combine(_folder.FullName, "my.trace");
        File.WriteAllText(trace, "set 1 2\nset 3 4\nget 1\ndelrange 0 2\n");
        var (exit, output, error) = BenchProgram.Run(_folder.FullName, [.. Small, "--workloads", "zap", "--trace", trace]);
        Assert.True(exit == ExitCode.Ok, output + error);
        Assert.Contains("trace my.trace", output, StringComparison.Ordinal);

        File.WriteAllText(trace, "jump 1\n");
        (exit, _, error) = BenchProgram.Run(_folder.FullName, [.. Small, "--workloads", "zap", "--trace", trace]);
        Assert.Equal(ExitCode.BadArguments, exit);
        Assert.Contains("my.trace:1", error, StringComparison.Ordinal);

        File.WriteAllText(trace, "no json");
        (exit, _, error) = BenchProgram.Run(_folder.FullName, [.. Small, "--workloads", "zap", "--baseline", trace]);
        Assert.Equal(ExitCode.BadArguments, exit);
        Assert.Contains("no saved run", error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
