using Alloc.Bench.Cli;
using Alloc.Bench.Peers;
using Alloc.Bench.Peers.Native;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Alloc.Bench.Micro;

/// <summary>The BenchmarkDotNet suite: <c>micro</c> and whatever arguments BenchmarkDotNet knows.</summary>
internal static class MicroSuite
{
    // What prints something and runs nothing, so that no result is no failure.
    private static readonly string[] OnlyPrints = ["--list", "--help", "--info", "--version", "-h", "-?"];

    /// <summary>Every class of this folder; the self-check's own is none of the suite.</summary>
    private static readonly Type[] Suite =
    [
        typeof(PageAllocatorBench), typeof(BlockBench), typeof(SectionBenchmarks), typeof(DeferBenchmarks), typeof(TableBenchmarks), typeof(ValueBenchmarks),
        typeof(ThreadBenchmarks), typeof(ReclaimBenchmarks),
    ];

    public static int Run(string[] arguments)
    {
        // Without a filter BenchmarkDotNet asks on the console which classes to run; whoever names none wants all.
        var prints = arguments.Any(argument => OnlyPrints.Contains(argument.Split('=')[0]));
        string[] all = prints || arguments.Any(IsFilter) ? arguments : [.. arguments, "--filter", "*"];
        if (!Mimalloc.IsInstalled)
        {
            Console.WriteLine("mimalloc is not installed: its benchmarks are skipped.");
        }

        var summaries = BenchmarkSwitcher.FromTypes(Suite).Run(all, Configuration()).ToList();
        if (prints)
        {
            return ExitCode.Ok;
        }

        if (summaries.Count == 0)
        {
            return ExitCode.BadArguments; // BenchmarkDotNet has said what it did not understand, or that the filter fits nothing
        }

        return summaries.Exists(s => s.HasCriticalValidationErrors || s.Reports.IsEmpty || s.Reports.Any(report => !report.Success))
            ? ExitCode.CheckFailed
            : ExitCode.Ok;
    }

    private static bool IsFilter(string argument) =>
        argument is "-f" || argument.Split('=')[0] is "--filter" or "--allCategories" or "--anyCategories" or "--attribute";

    private static ManualConfig Configuration() => ManualConfig.CreateEmpty()
        .AddLogger(ConsoleLogger.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddColumn(CategoriesColumn.Default, new PeerRatioColumn(ConcurrentDictionaryKind.PeerName), new NativeBytesColumn())
        .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory)
        .AddFilter(new SimpleFilter(benchmark => Mimalloc.IsInstalled || !benchmark.Descriptor.WorkloadMethod.Name.StartsWith(nameof(Mimalloc), StringComparison.Ordinal)))
        .AddDiagnoser(MemoryDiagnoser.Default, ThreadingDiagnoser.Default)
        .AddExporter(MarkdownExporter.GitHub, HtmlExporter.Default, JsonExporter.Full)
        .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(32))
        .WithArtifactsPath(Path.Combine("artifacts", "micro"));
}
