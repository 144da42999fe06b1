using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;
using Spectre.Console;

namespace Alloc.Bench.Blocks;

/// <summary>The <c>blocks</c> command: small blocks beside the C library and mimalloc, and how densely nodes pack that grow.</summary>
internal static class BlocksCommand
{
    public const string Name = "blocks";
    public const string ReportName = "blocks.html";

    public static int Run(int passes, string artifacts, CancellationToken stop)
    {
        BlockFigures? figures = null;
        try
        {
            ProgressDisplay.Run(AnsiConsole.Console, progress => figures = new BlocksJob(BlockSizes.Full, passes, new MachineClock(), progress, stop).Run());
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

        ReportFiles.Publish(BlocksReport.Describe(figures!), artifacts, ReportName);
        return ExitCode.Ok;
    }
}
