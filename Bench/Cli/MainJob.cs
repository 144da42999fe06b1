using System.Diagnostics;
using Alloc.Bench.Compare;
using Alloc.Bench.Measure;
using Alloc.Bench.Mirror;
using Alloc.Bench.Reclaim;
using Alloc.Bench.Report;
using Spectre.Console;

namespace Alloc.Bench.Cli;

/// <summary>
/// The whole run: mirror, reclaim, compare; then the report on the console, as one HTML file, and as JSON when asked for.
/// </summary>
internal static class MainJob
{
    public const string ReportName = "report.html";

    public static int Run(JobOptions options, CancellationToken stop)
    {
        var console = AnsiConsole.Console;
        var figures = new RunFigures(DateTimeOffset.Now, Arguments(options), options.Quick, MachineInfo.Read());
        var clock = Stopwatch.StartNew();
        if (!MachineInfo.IsOptimized)
        {
            console.WriteLine("This is a Debug build: the checks hold, the times mean nothing. Run it with -c Release.");
        }

        try
        {
            ProgressDisplay.Run(console, progress => Work(options, figures, progress, stop));
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped; no report was written.");
            return ExitCode.Cancelled;
        }
        catch (WrongChecksumException wrong)
        {
            figures.Checks.Add(Check.That("All contenders answer alike", false, wrong.Message));
        }

        figures.Seconds = clock.Elapsed.TotalSeconds;
        var document = RunReport.Describe(figures);
        if (options.JsonFile is { } json)
        {
            File.WriteAllText(json, JsonWriter.Serialize(figures));
        }

        ReportFiles.Publish(document, options.Artifacts, ReportName);
        console.WriteLine($"{document.Verdict} Took {Format.Number(figures.Seconds, 1)} s; plots are in {Path.Combine(options.Artifacts, ReportName)}.");
        return figures.Outcome switch
        {
            Outcome.Passed => ExitCode.Ok,
            Outcome.Failed => ExitCode.CheckFailed,
            _ => ExitCode.Inconclusive,
        };
    }

    private static void Work(JobOptions options, RunFigures figures, IProgressSink progress, CancellationToken stop)
    {
        var mirror = new MirrorJob(options.Pid, options.Quick, progress, stop);
        (figures.Mirror, var mirrorChecks) = mirror.Run();
        figures.Checks.AddRange(mirrorChecks);

        (figures.Reclaim, var reclaimChecks) = new ReclaimJob(options.Quick, progress, stop).Run();
        figures.Checks.AddRange(reclaimChecks);

        figures.Compare = new CompareJob(mirror.Keys, options.Quick, new MachineClock(), progress, stop).Run();
        figures.Checks.Add(Check.That("All contenders answer alike", true, "every pass of every operation had the same checksum"));
    }

    private static string Arguments(JobOptions options) => string.Join(' ',
    [
        .. options.Pid is { } pid ? (string[])["--pid", $"{pid}"] : [],
        .. options.Quick ? (string[])["--quick"] : [],
    ]);
}
