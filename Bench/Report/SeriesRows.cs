using Alloc.Bench.Measure;

namespace Alloc.Bench.Report;

/// <summary>An interleaved series as rows of a table: its name, then its contenders with time, ratio and bounds.</summary>
internal static class SeriesRows
{
    /// <summary>The columns of a row.</summary>
    public static readonly string[] Headings = ["operation, and by whom", "ns", "ratio", "bounds", "verdict"];

    /// <summary>The column of <see cref="Headings"/> that holds words.</summary>
    public const int VerdictColumn = 4;

    public static IEnumerable<string[]> Of(SeriesResult series)
    {
        yield return [series.Operation, "", "", "", ""];
        foreach (var contender in series.Contenders)
        {
            var compared = contender.Verdict != Verdict.Reference;
            yield return
            [
                "\u00a0 " + contender.Name,
                Format.Nanoseconds(contender.Median),
                compared ? Format.Ratio(contender.Ratio) : "",
                compared ? $"[{Format.Number(contender.RatioLow, 2)}, {Format.Number(contender.RatioHigh, 2)}]" : "",
                Say(contender.Verdict),
            ];
        }
    }

    private static string Say(Verdict verdict) => verdict switch
    {
        Verdict.Reference => "",
        Verdict.Inconclusive => "inconclusive",
        Verdict.Faster => "faster",
        _ => "slower",
    };
}
