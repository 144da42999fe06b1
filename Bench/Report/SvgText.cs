using System.Globalization;
using System.Net;
using System.Text;

namespace Alloc.Bench.Report;

/// <summary>
/// The words of a chart, written into the drawing as text elements. The drawing library places words with the fonts of the machine that
/// draws, and leaves them out where there is none (a plain container); the reader's browser always has one.
/// </summary>
internal sealed class SvgText
{
    private readonly StringBuilder _elements = new();

    public SvgText Add(double x, double y, string text, string anchor = "middle", int size = 12, string color = "#3a3f47", int rotate = 0)
    {
        var culture = CultureInfo.InvariantCulture;
        _elements.Append(culture, $"""<text x="{x:0.#}" y="{y:0.#}" text-anchor="{anchor}" font-size="{size}" fill="{color}" """);
        if (rotate != 0)
        {
            _elements.Append(culture, $"""transform="rotate({rotate} {x:0.#} {y:0.#})" """);
        }

        _elements.Append(culture, $"""font-family="system-ui, sans-serif">{WebUtility.HtmlEncode(text)}</text>""").Append('\n');
        return this;
    }

    public SvgText AddBox(double x, double y, double side, string color)
    {
        _elements.Append(CultureInfo.InvariantCulture, $"""<rect x="{x:0.#}" y="{y:0.#}" width="{side:0.#}" height="{side:0.#}" rx="2" fill="{color}"/>""")
            .Append('\n');
        return this;
    }

    /// <summary>The drawing with the words on top of it.</summary>
    public string WriteInto(string svg)
    {
        var end = svg.LastIndexOf("</svg>", StringComparison.Ordinal);
        return end < 0 ? throw new FormatException("The drawing is not an SVG document.") : svg.Insert(end, _elements.ToString());
    }
}
