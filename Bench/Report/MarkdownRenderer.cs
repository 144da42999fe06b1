using System.Text;

namespace Alloc.Bench.Report;

/// <summary>The words and tables of a report for a document; what is drawn stays in the HTML file.</summary>
internal static class MarkdownRenderer
{
    public static string Render(ReportDocument document)
    {
        var text = new StringBuilder($"# {document.Title}\n\n{document.Subtitle}\n");
        if (document.Verdict.Length > 0)
        {
            text.Append($"\n**{document.Verdict}**\n");
        }

        foreach (var section in document.Sections)
        {
            text.Append($"\n## {section.Title}\n");
            section.Blocks.ForEach(block => Render(block, text));
        }

        return text.ToString();
    }

    private static void Render(Block block, StringBuilder text)
    {
        switch (block)
        {
            case Paragraph paragraph:
                text.Append($"\n{paragraph.Text}\n");
                break;
            case DataTable table:
                text.Append('\n');
                Row(table.Headings, text);
                Row([.. table.Headings.Select((_, i) => table.IsText(i) ? "---" : "---:")], text);
                table.Rows.ForEach(row => Row(row, text));
                break;
            case CheckList list:
                text.Append('\n');
                foreach (var check in list.Checks)
                {
                    text.Append($"- {check.Outcome}: {check.Claim} ({check.Finding})\n");
                }

                break;
            case Figure:
                break;
            default:
                throw new NotSupportedException(block.GetType().Name);
        }
    }

    private static void Row(IEnumerable<string> cells, StringBuilder text) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal).Replace('\u00a0', ' ').Trim())).Append(" |\n");
}
