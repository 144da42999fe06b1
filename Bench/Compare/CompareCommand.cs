using System.Text.Json;
using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers.Native;
using Alloc.Bench.Report;
using Spectre.Console;

namespace Alloc.Bench.Compare;

/// <summary>The <c>compare</c> command: runs the comparer, prints its tables, writes them as HTML and JSON, and compares with a saved run.</summary>
internal static class CompareCommand
{
    public const string Name = "compare";
    public const string ReportName = "compare.html";

    public static int Run(CompareOptions options, string[] arguments, CancellationToken stop)
    {
        if (Preload.TryRunAgain(out var exit, [Name, .. arguments]))
        {
            return exit;
        }

        CompareRun? before = null;
        CompareRun? run = null;
        try
        {
            before = options.BaselineFile is { } saved ? JsonWriter.Read<CompareRun>(File.ReadAllText(saved)) : null;
            ProgressDisplay.Run(AnsiConsole.Console, progress =>
                run = new Comparer(options, new MachineClock(), progress, stop).Run($"{Name} {string.Join(' ', arguments)}".TrimEnd()));
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (WrongChecksumException wrong)
        {
            Console.Error.WriteLine(wrong.Message);
            return ExitCode.CheckFailed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or JsonException)
        {
            return BenchCommand.Refuse(e is JsonException ? $"{options.BaselineFile} is no saved run: {e.Message}" : e.Message);
        }

        var document = CompareReport.Describe(run!, before);
        ReportFiles.Publish(document, options.Artifacts, ReportName);
        if (options.JsonFile is { } json)
        {
            File.WriteAllText(json, JsonWriter.Serialize(run));
        }

        return ExitCode.Ok;
    }
}
