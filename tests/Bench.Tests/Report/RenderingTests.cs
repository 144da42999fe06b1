using System.Text.RegularExpressions;
using System.Xml.Linq;
using Alloc.Bench.Report;
using Spectre.Console;
using Paragraph = Alloc.Bench.Report.Paragraph;

namespace Alloc.Bench.Tests.Report;

public sealed partial class RenderingTests
{
    private static readonly ChartSeries[] Series =
    [
        new("None", "#b5483a", [0, 1, 2], [1, 1000, 100_000]),
        new("Rcu <fast>", "#2a7f62", [0, 1, 2], [1, 5, 5]),
    ];

    [Fact]
    public void The_page_needs_no_other_file_and_escapes_what_it_is_given()
    {
        var page = HtmlRenderer.Render(Document());

        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.Contains("1 &lt; 2 &amp; so", page, StringComparison.Ordinal);
        Assert.Contains("data:image/svg+xml;base64,", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"mark Failed\">", page, StringComparison.Ordinal);
        Assert.Equal(Regex.Count(page, "<section>"), Regex.Count(page, "</section>"));
    }

    [Fact]
    public void The_Markdown_has_every_table_and_check_and_no_drawing()
    {
        var document = Document();
        var text = MarkdownRenderer.Render(document);

        Assert.StartsWith($"# {document.Title}\n", text, StringComparison.Ordinal);
        Assert.All(document.Sections, section => Assert.Contains($"\n## {section.Title}\n", text, StringComparison.Ordinal));
        var tables = document.Sections.SelectMany(section => section.Blocks.OfType<DataTable>()).ToList();
        Assert.Equal(tables.Sum(table => table.Rows.Count + 2), text.Split('\n').Count(line => line.StartsWith("| ", StringComparison.Ordinal)));
        Assert.DoesNotContain("<svg", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chart_of_bars_with_many_names_keeps_all_of_them_inside()
    {
        ChartSeries[] many = [.. Enumerable.Range(0, 14).Select(i => new ChartSeries($"a contender with a long name {i}", "#3566b0", [], [i, 1000 * i]))];
        var svg = XDocument.Parse(Chart.Bars("many", "ns", ["a group of several words", "another"], many, y => $"{y}", logY: true));

        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text").ToList();
        Assert.All(many, one => Assert.Contains(texts, text => text.Value == one.Name));
        Assert.All(texts, text => Assert.InRange(double.Parse(text.Attribute("x")!.Value, System.Globalization.CultureInfo.InvariantCulture), 0, 900));
    }

    [Fact]
    public void A_chart_is_well_formed_and_its_words_do_not_depend_on_fonts_here()
    {
        var svg = XDocument.Parse(Chart.Lines("Bytes over time", "step", "KB", Series, x => $"{x}", y => $"{y} KB", logY: true));

        string[] words = [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.Contains("Bytes over time", words);
        Assert.Contains("Rcu <fast>", words);
        Assert.Contains("100000 KB", words);
        Assert.Contains("step", words);
        Assert.True(svg.Descendants().Count(e => e.Name.LocalName == "path") > 2);
    }

    [Fact]
    public void A_chart_of_nothing_is_still_a_chart()
    {
        XDocument.Parse(Chart.Lines("empty", "x", "y", [new("none", "#000000", [], [])], x => "", y => "", logX: true));
        XDocument.Parse(Chart.Bars("empty", "y", ["a"], [new("none", "#000000", [], [double.NaN])], y => ""));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Redirected_output_has_no_control_characters_and_fits_its_width(int width)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = width;

        ConsoleRenderer.Render(Document(), console);

        var written = text.ToString();
        Assert.DoesNotContain('\u001b', written);
        Assert.All(written.Split('\n'), line => Assert.True(line.Length <= width, line));
        Assert.Contains("FAILED", written, StringComparison.Ordinal);
        Assert.Contains("1 < 2 & so", written, StringComparison.Ordinal);
        Assert.Contains("[not markup]", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_without_a_terminal_is_one_plain_line_for_each_part()
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });

        ProgressDisplay.Run(console, progress =>
        {
            progress.Begin("Mirror");
            progress.Report(0.5);
            progress.Begin("Reclaim [x]");
        });

        Assert.Equal(["Mirror ...", "Reclaim [x] ..."], text.ToString().ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Ticks_are_round_and_cover_the_range()
    {
        Assert.Equal([0, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000], Ticks.Linear(102_640, x => "").Select(t => t.Position));
        Assert.Equal([2, 3, 4], Ticks.Logarithmic(100, 9000, x => "").Select(t => t.Position));
        Assert.Equal(["1", "10"], Ticks.Logarithmic(1, 1, x => $"{x}").Select(t => t.Label));
        Assert.Equal(2, Ticks.Linear(0, x => "", 1).Count);
    }

    [Fact]
    public void Figures_read_the_same_everywhere()
    {
        Assert.Equal("102,400 KB", Format.Kilobytes(102_400L * 1024));
        Assert.Equal("27.1 ns", Format.Duration(27.1));
        Assert.Equal("4.31 µs", Format.Duration(4310));
        Assert.Equal("2.50 s", Format.Duration(2.5e9));
        Assert.Equal("1.10x", Format.Ratio(1.1));
        Assert.Equal("84.2 %", Format.Percent(0.842));
        Assert.Equal("-", Format.Duration(double.NaN));
    }

    private static ReportDocument Document() => new("Title", "1 < 2 & so", "2 of 3", [
        new Section("One", [
            new Paragraph("Because 1 < 2 & so on, and a sentence that is longer than a narrow terminal is wide, so that it has to be broken somewhere."),
            new DataTable(["name", "figure", "a heading of words"], [["a", "1", "x"], ["[not markup]", "22,333", "y"]]) { TextColumns = [2] },
            new Figure("A chart", Chart.Lines("t", "x", "y", Series, x => "", y => "")),
        ]),
        new Section("Checks", [
            new CheckList([Check.That("holds", true, "1 < 2 & so"), Check.That("breaks [x]", false, "no"), new Check("who knows", Outcome.Inconclusive, "?")]),
        ]),
    ]);
}
