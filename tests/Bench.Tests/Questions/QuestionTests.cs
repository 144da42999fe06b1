using Alloc.Bench.Questions;
using Alloc.Bench.Report;

namespace Alloc.Bench.Tests.Questions;

public sealed class QuestionTests
{
    private static readonly QuestionSizes Tiny = new(10_000, 2);

    public static TheoryData<string> Names => [.. QuestionsCommand.All.Select(question => question.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_question_is_answered_with_two_sentences_a_plot_and_figures(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var answer = QuestionsCommand.All.Single(question => question.Name == name).Ask(Tiny, CancellationToken.None);

        Assert.Contains('?', answer.Question);
        Assert.Contains(". ", answer.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", answer.Said, StringComparison.Ordinal);
        var section = answer.ToSection();
        Assert.All(section.Blocks.OfType<Figure>(), figure => Assert.Contains("<svg", figure.Svg, StringComparison.Ordinal));
        Assert.All(section.Blocks.OfType<DataTable>(), table => Assert.NotEmpty(table.Rows));
        Assert.Equal(answer.Second is null ? 1 : 2, section.Blocks.OfType<Figure>().Count());
        Assert.All(answer.Drawing.Series, one => Assert.All(one.Y, y => Assert.True(double.IsNaN(y) || y >= 0)));
    }
}
