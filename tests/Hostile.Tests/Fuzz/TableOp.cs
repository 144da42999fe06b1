using System.Globalization;

namespace Alloc.Hostile.Tests.Fuzz;

internal enum TableOpKind : byte
{
    Set,
    Add,
    Get,
    Remove,
    RemoveExpected,
    Update,
    GetOrAdd,
    AddOrUpdate,
    RemoveRange,
    Enumerate,
    EnumerateSome,
    GetInSection,
    Trim,
    TrimPages,
    Barrier,
    Clear,

    /// <summary>Gives every key of the 512 that the key lies among a value: what is larger than a small node holds.</summary>
    Fill,
}

/// <summary>One operation of a sequence; a line of a corpus file.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Key">The key, or one end of a range.</param>
/// <param name="Other">The other end of a range, or, lowest bit, whether the expected value is the right one.</param>
/// <param name="Value">The seed of the value.</param>
internal readonly record struct TableOp(TableOpKind Kind, ulong Key, ulong Other, ulong Value)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Key:x} {Other:x} {Value:x}");

    public static TableOp Parse(string line)
    {
        string[] words = line.Split(' ');
        return new(Enum.Parse<TableOpKind>(words[0]), Hex(words[1]), Hex(words[2]), Hex(words[3]));
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
