using System.Net;
using System.Text;

namespace Alloc.Bench.Report;

/// <summary>One file that needs no other: style and drawings are inside it.</summary>
internal static class HtmlRenderer
{
    private const string Style = """
        :root { color-scheme: light; }
        body { font: 16px/1.5 system-ui, sans-serif; color: #15181d; background: #f5f6f8; margin: 0; }
        main { max-width: 980px; margin: 0 auto; padding: 24px 20px 64px; }
        h1 { font-size: 30px; margin: 12px 0 0; }
        .sub { color: #5a616c; margin: 4px 0 20px; }
        section { background: #fff; border: 1px solid #e0e3e8; border-radius: 8px; padding: 8px 24px 20px; margin: 20px 0; }
        h2 { font-size: 21px; margin: 14px 0 6px; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 13.5px; margin: 14px 0; font-variant-numeric: tabular-nums; }
        th { text-align: right; font-weight: 600; border-bottom: 2px solid #c9ced6; padding: 5px 6px; vertical-align: bottom; }
        td { text-align: right; border-bottom: 1px solid #eceef1; padding: 4px 6px; white-space: nowrap; }
        th.text, td.text { text-align: left; }
        tr.group td { font-weight: 600; padding-top: 9px; }
        figure { margin: 18px 0; }
        figure img { width: 100%; height: auto; }
        figcaption { color: #5a616c; font-size: 14px; }
        ul.checks { list-style: none; padding: 0; margin: 10px 0; }
        ul.checks li { padding: 5px 0; border-bottom: 1px solid #eceef1; }
        .mark { display: inline-block; min-width: 96px; font-weight: 600; }
        .Passed { color: #1f7a55; } .Failed { color: #b3261e; } .Inconclusive { color: #9a6700; }
        .finding { color: #5a616c; display: block; padding-left: 100px; font-size: 14px; }
        """;

    public static string Render(ReportDocument document)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append("<title>").Append(Text(document.Title)).Append("</title><style>\n").Append(Style).Append("\n</style></head><body><main>\n")
            .Append("<h1>").Append(Text(document.Title)).Append("</h1>\n<p class=\"sub\">").Append(Text(document.Subtitle))
            .Append("</p>\n<p><strong>").Append(Text(document.Verdict)).Append("</strong></p>\n");
        foreach (var section in document.Sections)
        {
            html.Append("<section><h2>").Append(Text(section.Title)).Append("</h2>\n");
            section.Blocks.ForEach(block => Render(block, html));
            html.Append("</section>\n");
        }

        return html.Append("</main></body></html>\n").ToString();
    }

    private static void Render(Block block, StringBuilder html)
    {
        switch (block)
        {
            case Paragraph paragraph:
                html.Append("<p>").Append(Text(paragraph.Text)).Append("</p>\n");
                break;
            case DataTable table:
                Render(table, html);
                break;
            case Figure figure:
                // As an image, not inline: the ids that two drawings share cannot meet.
                html.Append("<figure><img alt=\"").Append(Text(figure.Caption)).Append("\" src=\"data:image/svg+xml;base64,")
                    .Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(figure.Svg)))
                    .Append("\"><figcaption>").Append(Text(figure.Caption)).Append("</figcaption></figure>\n");
                break;
            case CheckList list:
                html.Append("<ul class=\"checks\">\n");
                foreach (var check in list.Checks)
                {
                    html.Append("<li><span class=\"mark ").Append(check.Outcome).Append("\">").Append(check.Outcome).Append("</span> ")
                        .Append(Text(check.Claim)).Append("<span class=\"finding\">").Append(Text(check.Finding)).Append("</span></li>\n");
                }

                html.Append("</ul>\n");
                break;
            default:
                throw new NotSupportedException(block.GetType().Name);
        }
    }

    private static void Render(DataTable table, StringBuilder html)
    {
        void Row(string cell, string[] texts)
        {
            html.Append(cell == "td" && texts.Length > 1 && texts.Skip(1).All(string.IsNullOrEmpty) ? "<tr class=\"group\">" : "<tr>");
            for (var i = 0; i < texts.Length; i++)
            {
                html.Append('<').Append(cell).Append(table.IsText(i) ? " class=\"text\">" : ">").Append(Text(texts[i]));
                html.Append("</").Append(cell).Append('>');
            }

            html.Append("</tr>\n");
        }

        html.Append("<div class=\"scroll\"><table><thead>");
        Row("th", table.Headings);
        html.Append("</thead><tbody>\n");
        table.Rows.ForEach(row => Row("td", row));
        html.Append("</tbody></table></div>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
