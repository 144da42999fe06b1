using System.CommandLine;
using Alloc.Bench.Targets;

namespace Alloc.Bench.Cli;

/// <summary>The options of <c>targets</c>.</summary>
internal static class TargetsCommandLine
{
    public static Command Create()
    {
        var entries = Arguments.Positive("--n", "How many keys.", 10_000_000);
        var rounds = Arguments.Positive("--rounds", "How many processes measure each pattern.", 3);
        var patterns = Arguments.Names("--patterns", "Key patterns.", TargetsCommand.Patterns);
        var parts = Arguments.Names("--parts", "What is measured: single keys beside other maps; or neighbours, scans, batches, the cursor, loading, ids, snapshots.", TargetsCommand.Parts);
        var json = new Option<string?>("--json") { Description = "Save all figures to this file.", HelpName = "FILE" };
        var artifacts = Arguments.Artifacts();
        var command = new Command(TargetsCommand.Name, "The table's own targets: four patterns of ten million keys beside ConcurrentDictionary and a flat array.")
        {
            entries, rounds, patterns, parts, json, artifacts,
        };
        command.SetAction(result => Arguments.WithOutputs(result.GetValue(artifacts)!, result.GetValue(json), stop => TargetsCommand.Run(
            result.GetValue(patterns)!, result.GetValue(parts)!, result.GetValue(entries), result.GetValue(rounds), result.GetValue(json), result.GetValue(artifacts)!, stop)));
        return command;
    }
}
