using Spectre.Console;

namespace Alloc.Bench.Report;

/// <summary>The report on a terminal, or in a file without control characters and trailing blanks when the output is redirected.</summary>
internal static class ConsoleRenderer
{
    private const int ColumnGap = 2;

    public static void Render(ReportDocument document, IAnsiConsole console)
    {
        if (console.Profile.Capabilities.Ansi)
        {
            Write(document, console);
            return;
        }

        var text = new StringWriter();
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        plain.Profile.Width = console.Profile.Width;
        plain.Profile.Capabilities.Unicode = console.Profile.Capabilities.Unicode;
        Write(document, plain);
        foreach (var line in text.ToString().ReplaceLineEndings("\n").TrimEnd().Split('\n'))
        {
            console.Profile.Out.Writer.WriteLine(line.TrimEnd());
        }
    }

    private static void Write(ReportDocument document, IAnsiConsole console)
    {
        foreach (var section in document.Sections)
        {
            console.WriteLine();
            console.Write(new Rule($"[bold]{Markup.Escape(section.Title)}[/]") { Justification = Justify.Left, Style = Style.Parse("grey") });
            foreach (var block in section.Blocks)
            {
                Write(block, console);
            }
        }

        console.WriteLine();
    }

    private static void Write(Block block, IAnsiConsole console)
    {
        switch (block)
        {
            case Paragraph paragraph:
                console.WriteLine();
                console.WriteLine(paragraph.Text);
                break;
            case DataTable table:
                console.Write(Grid(table, console.Profile.Width));
                break;
            case CheckList list:
                console.WriteLine();
                foreach (var check in list.Checks)
                {
                    Write(check, console);
                }

                break;
            case Figure:
                break; // the HTML file shows it
            default:
                throw new NotSupportedException(block.GetType().Name);
        }
    }

    private static void Write(Check check, IAnsiConsole console)
    {
        var (mark, color) = check.Outcome switch
        {
            Outcome.Passed => ("passed", "green"),
            Outcome.Failed => ("FAILED", "red"),
            _ => ("INCONCLUSIVE", "yellow"),
        };
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().Width(12).PadRight(1)).AddColumn(new GridColumn().PadRight(0));
        grid.AddRow(new Markup($"[{color}]{mark}[/]"), new Text(check.Claim));
        grid.AddRow(new Text(""), new Text(check.Finding, new Style(Color.Grey)));
        console.Write(grid);
    }

    private static Table Grid(DataTable data, int width)
    {
        var table = new Table { Border = TableBorder.Simple };
        int[] columns = [.. ColumnsThatFit(data, width)];
        foreach (var i in columns)
        {
            // Broken here, since the library would rather break the cells' words to give a heading room.
            var heading = BreakToWidth(data.Headings[i], CellWidth(data, i));
            var column = new TableColumn(new Text(heading, new Style(decoration: Decoration.Bold)))
            {
                Padding = new Padding(0, 0, ColumnGap, 0),
                NoWrap = columns.Sum(c => CellWidth(data, c) + ColumnGap + 1) < width,
            };
            table.AddColumn(data.IsText(i) ? column.LeftAligned() : column.RightAligned());
        }

        foreach (var row in data.Rows)
        {
            table.AddRow(columns.Select(i => new Text(row[i])));
        }

        return table;
    }

    /// <summary>All columns, less the expendable ones that would force the others to break their words.</summary>
    private static IEnumerable<int> ColumnsThatFit(DataTable data, int width)
    {
        var columns = Enumerable.Range(0, data.Headings.Length).ToList();
        foreach (var dropped in data.Expendable)
        {
            if (columns.Sum(column => CellWidth(data, column) + ColumnGap + 1) < width)
            {
                break;
            }

            columns.Remove(dropped);
        }

        return columns;
    }

    /// <summary>The longest cell, or the longest word of the heading, which may take several lines.</summary>
    private static int CellWidth(DataTable data, int column) => Math.Max(
        data.Headings[column].Split(' ').Max(word => word.Length), data.Rows.Select(row => row[column].Length).DefaultIfEmpty().Max());

    private static string BreakToWidth(string text, int width)
    {
        var lines = new List<string>();
        foreach (var word in text.Split(' '))
        {
            if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= width)
            {
                lines[^1] += " " + word;
            }
            else
            {
                lines.Add(word);
            }
        }

        return string.Join('\n', lines);
    }
}
