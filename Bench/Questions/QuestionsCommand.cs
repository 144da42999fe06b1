using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers.Native;
using Alloc.Bench.Report;
using Alloc.Bench.Targets;
using Spectre.Console;

namespace Alloc.Bench.Questions;

/// <summary>The <c>questions</c> command: asks them one after the other; one section of the report for each.</summary>
internal static class QuestionsCommand
{
    public const string Name = "questions";
    public const string ReportName = "questions.html";

    public static readonly IQuestion[] All =
    [
        new SectionCost(), new DeferredFree(), new UnmapCost(),
        new LookupGrowth("dense"), new LookupGrowth("random64"),
        .. TargetsCommand.Patterns.Select(pattern => new MemoryCurve(pattern)),
        new NodeKinds(), new NodeMoments(neighbours: true), new NodeMoments(neighbours: false),
        new CollectionPause(), new PeakAndAfter(), new Storm(), new ThreadGrowth(),
    ];

    public static int Run(string[] names, QuestionSizes sizes, string? jsonFile, string artifacts, string[] arguments, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            return BenchCommand.Refuse("questions needs Linux: its clocks of processor time and its flat array are Linux's.");
        }

        if (Preload.TryRunAgain(out var exit, [Name, .. arguments]))
        {
            return exit;
        }

        var answers = new List<Answer>();
        try
        {
            ProgressDisplay.Run(AnsiConsole.Console, progress =>
            {
                foreach (var question in All.Where(question => names.Contains(question.Name)))
                {
                    stop.ThrowIfCancellationRequested();
                    progress.Begin($"Questions: {question.Name}");
                    answers.Add(question.Ask(sizes, stop));
                }
            });
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (Exception wrong) when (wrong is WrongChecksumException or InvalidOperationException)
        {
            Console.Error.WriteLine(wrong.Message);
            return ExitCode.CheckFailed;
        }

        var document = new ReportDocument("What it costs", $"{MachineInfo.Read()}" + (sizes.IsQuick ? "; a quick run: its figures are not worth comparing" : ""), "",
            [.. answers.Select(answer => answer.ToSection())]);
        ReportFiles.Publish(document, artifacts, ReportName);
        if (jsonFile is not null)
        {
            File.WriteAllText(jsonFile, JsonWriter.Serialize(answers));
        }

        return ExitCode.Ok;
    }
}
