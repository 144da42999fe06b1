using Spectre.Console;

namespace Alloc.Bench.Report;

/// <summary>The report on a terminal, or in a file without any control characters when the output is redirected.</summary>
internal static class ConsoleRenderer
{
    public static void Render(ReportDocument document, IAnsiConsole console)
    {
        foreach (var section in document.Sections)
        {
            console.WriteLine();
            console.Write(new Rule($"[bold]{Markup.Escape(section.Title)}[/]") { Justification = Justify.Left, Style = Style.Parse("grey") });
            foreach (var block in section.Blocks)
            {
                Render(block, console);
            }
        }

        console.WriteLine();
    }

    private static void Render(Block block, IAnsiConsole console)
    {
        switch (block)
        {
            case Paragraph paragraph:
                console.Write(new Padder(new Text(paragraph.Text), new Padding(0, 0, 0, 1)));
                break;
            case DataTable table:
                console.Write(new Padder(Grid(table), new Padding(0, 0, 0, 1)));
                break;
            case CheckList list:
                foreach (var check in list.Checks)
                {
                    var (mark, color) = check.Outcome switch
                    {
                        Outcome.Passed => ("passed", "green"),
                        Outcome.Failed => ("FAILED", "red"),
                        _ => ("INCONCLUSIVE", "yellow"),
                    };
                    console.Write(new Padder(new Markup($"[{color}]{mark,-12}[/] {Markup.Escape(check.Claim)}"), new Padding(0)));
                    console.Write(new Padder(new Text(check.Finding, new Style(Color.Grey)), new Padding(13, 0, 0, 0)));
                }

                break;
            case Figure:
                break; // the HTML file shows it
            default:
                throw new NotSupportedException(block.GetType().Name);
        }
    }

    private static Table Grid(DataTable data)
    {
        var table = new Table { Border = TableBorder.Simple };
        for (var i = 0; i < data.Headings.Length; i++)
        {
            var column = new TableColumn(new Text(data.Headings[i], new Style(decoration: Decoration.Bold))) { Padding = new Padding(1, 0) };
            table.AddColumn(data.IsText(i) ? column.LeftAligned() : column.RightAligned());
        }

        foreach (var row in data.Rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        return table;
    }
}
