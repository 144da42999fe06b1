using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers.Native;
using Alloc.Bench.Report;
using Spectre.Console;

namespace Alloc.Bench.Rcu;

/// <summary>The <c>rcu</c> command: runs the job, prints its tables, writes them as HTML.</summary>
internal static class RcuCommand
{
    public const string Name = "rcu";
    public const string ReportName = "rcu.html";

    public static int Run(int passes, string artifacts, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            return BenchCommand.Refuse("rcu needs Linux: its peers and its process clock are Linux's.");
        }

        if (Preload.TryRunAgain(out var exit, Name, "--passes", $"{passes}", "--artifacts", artifacts))
        {
            return exit;
        }

        RcuFigures? figures = null;
        try
        {
            ProgressDisplay.Run(AnsiConsole.Console, progress => figures = new RcuJob(RcuSizes.Full, passes, new MachineClock(), progress, stop).Run());
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

        var document = RcuReport.Describe(figures!);
        ReportFiles.Publish(document, artifacts, ReportName);
        return ExitCode.Ok;
    }
}
