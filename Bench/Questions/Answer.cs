using Alloc.Bench.Report;

namespace Alloc.Bench.Questions;

/// <summary>What a question came out as: two sentences, a plot, and the figures behind it.</summary>
internal sealed record Answer(string Question, string Said, Drawing Drawing)
{
    /// <summary>A second plot of the same kind, where one is not enough.</summary>
    public Drawing? Second { get; init; }

    /// <summary>Figures that the plot does not show.</summary>
    public DataTable? Table { get; init; }

    public Section ToSection()
    {
        var section = new Section(Question, [new Paragraph(Said), new Figure(Drawing.Caption, Drawing.Draw())]);
        section.Blocks.Add(Table ?? Drawing.ToTable());
        if (Second is { } second)
        {
            section.Blocks.Add(new Figure(second.Caption, second.Draw()));
            section.Blocks.Add(second.ToTable());
        }

        return section;
    }
}

/// <summary>Lines over numbers, or bars over words; saved as numbers, drawn when wanted.</summary>
internal sealed record Drawing(string Title, string Caption, string XLabel, string YLabel, ChartSeries[] Series)
{
    /// <summary>For bars: what each group is called. Null for lines.</summary>
    public string[]? Groups { get; init; }

    public bool LogX { get; init; }

    public bool LogY { get; init; }

    /// <summary>Whether the figures upwards are times in nanoseconds.</summary>
    public bool Times { get; init; }

    public string Draw() => Groups is { } groups
        ? Chart.Bars(Title, YLabel, groups, Series, Up)
        : Chart.Lines(Title, XLabel, YLabel, Series, x => Format.Number((long)x), Up, LogX, LogY);

    public DataTable ToTable()
    {
        if (Groups is { } groups)
        {
            return Series.Length > groups.Length
                ? new DataTable([YLabel, .. groups], [.. Series.Select(one => (string[])[one.Name, .. one.Y.Select(Figure)])])
                : new DataTable([YLabel, .. Series.Select(one => one.Name)],
                    [.. groups.Select((group, i) => (string[])[group, .. Series.Select(one => Figure(one.Y[i]))])]);
        }

        double[] xs = [.. Series.SelectMany(one => one.X).Distinct().Order()];
        string At(ChartSeries one, double x) => Array.IndexOf(one.X, x) is var i and >= 0 ? Figure(one.Y[i]) : "";
        return new DataTable([XLabel, .. Series.Select(one => one.Name)],
            [.. xs.Select(x => (string[])[Format.Number((long)x), .. Series.Select(one => At(one, x))])]);
    }

    private string Figure(double y) => Times ? Format.Duration(y) : Format.Number(y, y < 99.5 ? 2 : 0);

    private string Up(double y) => Times ? Format.Duration(y) : y is > 0 and < 10 && y != Math.Floor(y) ? Format.Number(y, 1) : Format.Number((long)y);
}
