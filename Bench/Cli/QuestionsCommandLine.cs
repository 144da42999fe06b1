using System.CommandLine;
using Alloc.Bench.Questions;

namespace Alloc.Bench.Cli;

/// <summary>The options of <c>questions</c>.</summary>
internal static class QuestionsCommandLine
{
    public static Command Create()
    {
        var ask = Arguments.Names("--ask", "Which questions.", [.. QuestionsCommand.All.Select(question => question.Name)]);
        var entries = Arguments.Positive("--n", "The most entries of any index.", QuestionSizes.Full.Entries);
        var quick = new Option<bool>("--quick") { Description = "Few entries and passes: shows that it works." };
        var json = new Option<string?>("--json") { Description = "Save all figures to this file.", HelpName = "FILE" };
        var artifacts = Arguments.Artifacts();
        var command = new Command(QuestionsCommand.Name, "What things cost and how that grows: each answer two sentences and a plot.") { ask, entries, quick, json, artifacts };
        command.SetAction(result =>
        {
            var sizes = result.GetValue(quick) ? QuestionSizes.Quick : QuestionSizes.Full with { Entries = Math.Max(1000, result.GetValue(entries)) };
            return Arguments.WithOutputs(result.GetValue(artifacts)!, result.GetValue(json), stop => QuestionsCommand.Run(
                result.GetValue(ask)!, sizes, result.GetValue(json), result.GetValue(artifacts)!, [.. result.Tokens.Skip(1).Select(token => token.Value)], stop));
        });
        return command;
    }
}
