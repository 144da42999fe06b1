using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;
using Spectre.Console;

namespace Alloc.Bench.SelfCheck;

/// <summary>The <c>selfcheck</c> command.</summary>
internal static class SelfCheckCommand
{
    public const string Name = "selfcheck";

    public static int Run(bool quick, CancellationToken stop)
    {
        var checks = new List<Check>();
        try
        {
            ProgressDisplay.Run(AnsiConsole.Console, progress => checks = new SelfCheckJob(quick, new MachineClock(), progress, stop).Run());
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }

        ConsoleRenderer.Render(new ReportDocument("Self-check", $"{MachineInfo.Read()}", "", [new Section("Can the harnesses be believed?", [new CheckList(checks)])]), AnsiConsole.Console);
        return checks.Exists(check => check.Outcome == Outcome.Failed) ? ExitCode.CheckFailed
            : checks.Exists(check => check.Outcome == Outcome.Inconclusive) ? ExitCode.Inconclusive
            : ExitCode.Ok;
    }
}
