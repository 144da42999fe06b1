using System.Globalization;

namespace Alloc.Bench.Report;

/// <summary>Figures as people read them; the same on every machine.</summary>
internal static class Format
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static string Number(long value) => value.ToString("N0", Culture);

    public static string Number(double value, int digits) => double.IsNaN(value) ? "-" : value.ToString("N" + digits, Culture);

    /// <summary>Kilobytes of 1024 bytes, the unit of the kernel's tables and of the experiment that is repeated here.</summary>
    public static string Kilobytes(long bytes) => Number((bytes + 512) / 1024) + " KB";

    public static string Kilobytes(long? bytes) => bytes is { } known ? Kilobytes(known) : "-";

    public static string Megabytes(long bytes) => Number(bytes / 1048576.0, 1) + " MB";

    /// <summary>A duration with three figures: 27.1 ns, 4.31 µs, 12.0 ms, 2.50 s.</summary>
    public static string Duration(double nanoseconds) => nanoseconds switch
    {
        double.NaN => "-",
        0 => "0 ns",
        < 1e3 => Figures(nanoseconds) + " ns",
        < 1e6 => Figures(nanoseconds / 1e3) + " µs",
        < 1e9 => Figures(nanoseconds / 1e6) + " ms",
        _ => Figures(nanoseconds / 1e9) + " s",
    };

    /// <summary>Nanoseconds an operation, without the unit.</summary>
    public static string Nanoseconds(double nanoseconds) => Number(nanoseconds, nanoseconds < 9.95 ? 2 : nanoseconds < 99.5 ? 1 : 0);

    public static string Ratio(double ratio) => double.IsNaN(ratio) ? "-" : Number(ratio, ratio < 9.95 ? 2 : 1) + "x";

    public static string Percent(double fraction, int digits = 1) => Number(100 * fraction, digits) + " %";

    private static string Figures(double value) => Number(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}
