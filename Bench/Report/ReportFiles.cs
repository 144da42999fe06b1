using Spectre.Console;

namespace Alloc.Bench.Report;

/// <summary>Where a report goes: the console, an HTML file with the drawings, and the words and tables as Markdown beside it.</summary>
internal static class ReportFiles
{
    public static void Publish(ReportDocument document, string folder, string htmlName)
    {
        ConsoleRenderer.Render(document, AnsiConsole.Console);
        var path = Path.Combine(folder, htmlName);
        File.WriteAllText(path, HtmlRenderer.Render(document));
        File.WriteAllText(Path.ChangeExtension(path, ".md"), MarkdownRenderer.Render(document));
    }
}
