using Alloc.Bench.Cli;
using Alloc.Bench.Report;
using Spectre.Console;

namespace Alloc.Bench.Targets;

/// <summary>The <c>targets</c> command: a process for each pass, patterns in turns; prints the tables, writes them as HTML and JSON.</summary>
internal static class TargetsCommand
{
    public const string Name = "targets";
    public const string ReportName = "targets.html";

    public static readonly string[] Patterns = ["dense", "clustered", "sixteenth", "random64"];

    public const string Map = "map";
    public const string Surface = "surface";

    /// <summary>What a map does, one key at a time; and all that goes beyond it. A process each.</summary>
    public static readonly string[] Parts = [Map, Surface];

    public static int Run(string[] patterns, string[] parts, int entries, int rounds, string? jsonFile, string artifacts, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            return BenchCommand.Refuse("targets needs Linux: its flat array and its thread clock are Linux's.");
        }

        var passes = new List<TargetPass>();
        try
        {
            ProgressDisplay.Run(AnsiConsole.Console, progress =>
            {
                for (var round = 0; round < rounds; round++)
                {
                    progress.Begin($"Targets: round {round + 1} of {rounds}, {Format.Number(entries)} keys");
                    for (var i = 0; i < patterns.Length; i++)
                    {
                        stop.ThrowIfCancellationRequested();
                        passes.Add(TargetChild.Measure(patterns[i], entries, round, parts));
                        progress.Report((i + 1.0) / patterns.Length);
                    }
                }
            });
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (InvalidOperationException failed)
        {
            Console.Error.WriteLine(failed.Message);
            return ExitCode.CheckFailed;
        }

        var document = TargetsReport.Describe(passes);
        ReportFiles.Publish(document, artifacts, ReportName);
        if (jsonFile is not null)
        {
            File.WriteAllText(jsonFile, JsonWriter.Serialize(passes));
        }

        return ExitCode.Ok;
    }
}
