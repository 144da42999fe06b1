using System.CommandLine;
using Alloc.Bench.Compare;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Cli;

/// <summary>The options of <c>compare</c>.</summary>
internal static class CompareCommandLine
{
    private const int QuickEntries = 20_000;

    public static Command Create()
    {
        var entries = Arguments.Positive("--n", "How many keys each pattern has.", 100_000);
        var seconds = Arguments.Positive("--seconds", "Time for the passes of each workload, in seconds; up to twice as long where too few were fair.", 6);
        var passes = Arguments.Positive("--passes", "The most passes of a workload; a bound at 95 % needs six.", 25);
        var patterns = Arguments.Names("--patterns", "Key patterns.", [.. KeySets.Patterns]);
        var workloads = Arguments.Names("--workloads", "What to run.", CompareOptions.Everything);
        var peers = new Option<string[]>("--peers")
        {
            Description = "Parts of names of contenders; all where there are none. The radix table takes part in any case.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = true,
        };
        var trace = new Option<string?>("--trace") { Description = "Also replay this trace (text or binary; Bench/README.md has the format).", HelpName = "FILE" };
        var json = new Option<string?>("--json") { Description = "Save all figures to this file.", HelpName = "FILE" };
        var baseline = new Option<string?>("--baseline") { Description = "Say what changed beyond noise since this saved run.", HelpName = "FILE" };
        var quick = new Option<bool>("--quick") { Description = "Few keys and little time: shows that it works." };
        var artifacts = Arguments.Artifacts();

        var command = new Command(CompareCommand.Name, "The radix table beside its peers, in turns, on many workloads; foreign peers are built where there is a C compiler.")
        {
            entries, seconds, passes, patterns, workloads, peers, trace, json, baseline, quick, artifacts,
        };
        command.SetAction(result =>
        {
            var isQuick = result.GetValue(quick);
            var options = new CompareOptions
            {
                Entries = isQuick && result.GetResult(entries)?.Implicit != false ? QuickEntries : result.GetValue(entries),
                Time = TimeSpan.FromSeconds(isQuick ? 0.5 : result.GetValue(seconds)),
                MostPasses = result.GetValue(passes),
                Patterns = result.GetValue(patterns)!,
                Workloads = result.GetValue(workloads)!,
                Peers = result.GetValue(peers) ?? [],
                TraceFile = result.GetValue(trace),
                JsonFile = result.GetValue(json),
                BaselineFile = result.GetValue(baseline),
                Artifacts = result.GetValue(artifacts)!,
                Quick = isQuick,
            };
            if (options.TraceFile is { } file && !File.Exists(file))
            {
                return BenchCommand.Refuse($"There is no file {file}.");
            }

            if (options.BaselineFile is { } saved && !File.Exists(saved))
            {
                return BenchCommand.Refuse($"There is no file {saved}.");
            }

            return Arguments.WithOutputs(options.Artifacts, options.JsonFile,
                stop => CompareCommand.Run(options, [.. result.Tokens.Skip(1).Select(token => token.Value)], stop));
        });
        return command;
    }

}
