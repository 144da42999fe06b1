using ScottPlot;

namespace Alloc.Bench.Report;

/// <summary>A named line or group of bars with its colour.</summary>
internal sealed record ChartSeries(string Name, string Color, double[] X, double[] Y);

/// <summary>Line and bar charts as SVG, in one look. ScottPlot draws; <see cref="SvgText"/> adds the words.</summary>
internal sealed class Chart
{
    private const int Width = 900;
    private const int Height = 360;
    private const int LeftMargin = 84;
    private const int RightMargin = 30;
    private const int LegendTop = 32;
    private const int LegendLine = 16;
    private const double LetterWidth = 6.6;
    private const int BottomMargin = 52;
    private const string Ink = "#15181d";
    private const string GridColor = "#e4e7eb";

    private readonly Plot _plot = new();
    private readonly SvgText _text = new();
    private readonly string _title;
    private int _topMargin;

    private Chart(string title) => _title = title;

    /// <summary>Lines over a linear or logarithmic axis each; a logarithmic axis leaves out what is not positive.</summary>
    public static string Lines(string title, string xLabel, string yLabel, IReadOnlyList<ChartSeries> series,
        Func<double, string> xTick, Func<double, string> yTick, bool logX = false, bool logY = false)
    {
        var chart = new Chart(title);
        double xMax = 0, yMax = 0, xMin = double.MaxValue, yMin = double.MaxValue;
        foreach (var line in series)
        {
            var xs = new List<double>();
            var ys = new List<double>();
            for (var i = 0; i < line.X.Length; i++)
            {
                var (x, y) = (line.X[i], line.Y[i]);
                if ((logX && x <= 0) || (logY && y <= 0))
                {
                    continue;
                }

                (xMin, xMax) = (Math.Min(xMin, x), Math.Max(xMax, x));
                (yMin, yMax) = (Math.Min(yMin, y), Math.Max(yMax, y));
                xs.Add(logX ? Math.Log10(x) : x);
                ys.Add(logY ? Math.Log10(y) : y);
            }

            if (xs.Count > 0)
            {
                var scatter = chart._plot.Add.ScatterLine(xs, ys, Color.FromHex(line.Color));
                scatter.LineWidth = 2;
            }
        }

        if (xMax <= 0 || yMax <= 0)
        {
            (xMin, xMax, yMin, yMax) = (1, 10, 1, 10);
        }

        var xTicks = logX ? Ticks.Logarithmic(xMin, xMax, xTick) : Ticks.Linear(xMax, xTick);
        var yTicks = logY ? Ticks.Logarithmic(yMin, yMax, yTick) : Ticks.Linear(yMax, yTick);
        var right = logX ? xTicks[^1].Position : xMax;
        return chart.Finish(series, xLabel, yLabel, xTicks, yTicks, xTicks[0].Position, right);
    }

    /// <summary>Groups of bars side by side: value i of each series belongs to group i. Missing values are NaN. On a logarithmic axis bars begin at its lowest mark.</summary>
    public static string Bars(string title, string yLabel, string[] groups, IReadOnlyList<ChartSeries> series, Func<double, string> yTick, bool logY = false)
    {
        var chart = new Chart(title);
        var width = 0.8 / series.Count;
        double[] values = [.. series.SelectMany(one => one.Y).Where(value => double.IsFinite(value) && (value > 0 || !logY))];
        var max = values.DefaultIfEmpty(1).Max();
        var yTicks = logY ? Ticks.Logarithmic(values.DefaultIfEmpty(1).Min(), max, yTick) : Ticks.Linear(max, yTick);
        for (var s = 0; s < series.Count; s++)
        {
            for (var g = 0; g < groups.Length; g++)
            {
                var value = series[s].Y[g];
                if (double.IsFinite(value) && (value > 0 || !logY))
                {
                    var color = Color.FromHex(series[s].Color);
                    var position = g - 0.4 + ((s + 0.5) * width);
                    chart._plot.Add.Bar(new Bar { Position = position, Value = logY ? Math.Log10(value) : value, ValueBase = yTicks[0].Position, Size = width * 0.92, FillColor = color, LineWidth = 0 });
                }
            }
        }

        var xTicks = groups.Select((name, i) => ((double)i, name)).ToList();
        return chart.Finish(series, "", yLabel, xTicks, yTicks, -0.5, groups.Length - 0.5);
    }

    private string Finish(IReadOnlyList<ChartSeries> series, string xLabel, string yLabel,
        List<(double Position, string Label)> xTicks, List<(double Position, string Label)> yTicks, double left, double right)
    {
        var legend = PlaceLegend(series);
        _plot.Axes.SetLimits(left, right, yTicks[0].Position, yTicks[^1].Position);
        _plot.Layout.Fixed(new PixelPadding(LeftMargin, RightMargin, BottomMargin, _topMargin));
        _plot.Axes.Right.FrameLineStyle.IsVisible = _plot.Axes.Top.FrameLineStyle.IsVisible = false;
        _plot.Axes.Bottom.TickGenerator = Unlabelled(xTicks);
        _plot.Axes.Left.TickGenerator = Unlabelled(yTicks);
        _plot.Grid.MajorLineColor = Color.FromHex(GridColor);
        _plot.Grid.XAxisStyle.IsVisible = false;

        var inner = (Width: Width - LeftMargin - RightMargin, Height: Height - _topMargin - BottomMargin);
        double PixelX(double x) => LeftMargin + ((x - left) / (right - left) * inner.Width);
        double PixelY(double y) => Height - BottomMargin - ((y - yTicks[0].Position) / (yTicks[^1].Position - yTicks[0].Position) * inner.Height);

        _text.Add(LeftMargin, 20, _title, "start", 15, Ink);
        foreach (var (one, x, y) in legend)
        {
            _text.AddBox(x, y, 10, one.Color).Add(x + 15, y + 9, one.Name, "start");
        }

        foreach (var (position, label) in xTicks.Where(t => t.Position <= right + 1e-9))
        {
            foreach (var (line, words) in Broken(label, inner.Width / Math.Max(1, xTicks.Count)).Index())
            {
                _text.Add(PixelX(position), Height - BottomMargin + 18 + (line * 14), words);
            }
        }

        foreach (var (position, label) in yTicks)
        {
            _text.Add(LeftMargin - 8, PixelY(position) + 4, label, "end");
        }

        _text.Add(LeftMargin + (inner.Width / 2.0), Height - 8, xLabel);
        _text.Add(16, _topMargin + (inner.Height / 2.0), yLabel, rotate: -90);
        return _text.WriteInto(_plot.GetSvgXml(Width, Height));
    }

    /// <summary>A label in lines that fit a width, broken between words.</summary>
    private static List<string> Broken(string label, int width)
    {
        var lines = new List<string>();
        foreach (var word in label.Split(' '))
        {
            if (lines.Count > 0 && (lines[^1].Length + 1 + word.Length) * LetterWidth <= width)
            {
                lines[^1] += " " + word;
            }
            else
            {
                lines.Add(word);
            }
        }

        return lines;
    }

    /// <summary>As many lines as the names need; what is below moves down.</summary>
    private List<(ChartSeries Series, double X, double Y)> PlaceLegend(IReadOnlyList<ChartSeries> series)
    {
        var placed = new List<(ChartSeries, double, double)>();
        double x = LeftMargin, y = LegendTop;
        foreach (var one in series)
        {
            var width = 34 + (LetterWidth * one.Name.Length);
            if (x > LeftMargin && x + width > Width - RightMargin)
            {
                (x, y) = (LeftMargin, y + LegendLine);
            }

            placed.Add((one, x, y));
            x += width;
        }

        _topMargin = (int)y + 24;
        return placed;
    }

    private static ScottPlot.TickGenerators.NumericManual Unlabelled(List<(double Position, string Label)> ticks) =>
        new([.. ticks.Select(t => t.Position)], [.. ticks.Select(_ => "")]);
}
