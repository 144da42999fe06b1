namespace Alloc.Bench.Report;

/// <summary>What the run has to say, once; the console and the HTML file are two renderings of it.</summary>
/// <param name="Verdict">The whole in one line.</param>
internal sealed record ReportDocument(string Title, string Subtitle, string Verdict, List<Section> Sections);

internal sealed record Section(string Title, List<Block> Blocks);

internal abstract record Block;

/// <summary>A sentence or two.</summary>
internal sealed record Paragraph(string Text) : Block;

/// <summary>Rows of text under headings; the first column reads from the left, the others are figures and stand right.</summary>
internal sealed record DataTable(string[] Headings, List<string[]> Rows) : Block
{
    /// <summary>Columns after the first that hold words.</summary>
    public int[] TextColumns { get; init; } = [];

    /// <summary>Columns that a narrow terminal goes without, the first to go first; the HTML file has them all.</summary>
    public int[] Expendable { get; init; } = [];

    public bool IsText(int column) => column == 0 || TextColumns.Contains(column);
}

/// <summary>A drawing, for renderings that can show one.</summary>
internal sealed record Figure(string Caption, string Svg) : Block;

/// <summary>The claims that the run checked.</summary>
internal sealed record CheckList(IReadOnlyList<Check> Checks) : Block;
