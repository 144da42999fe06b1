namespace Alloc.PageTable;

/// <summary>The numbers of the tree: 9 bits a table, so that 512 words of 8 bytes fill a page.</summary>
internal static class Geometry
{
    public const int KeyBits = 64;
    public const int BitsPerTable = 9;
    public const int SlotsPerTable = 1 << BitsPerTable;
    public const ulong IndexMask = SlotsPerTable - 1;
    public const int WordsPerLine = 8;

    /// <summary>Directories on a path: shifts 63, 54, … 9.</summary>
    public const int MaxDirectories = 7;

    /// <summary>The first key of the block of <c>2^bits</c> keys that <paramref name="key"/> lies in.</summary>
    public static ulong FirstOfBlock(ulong key, int bits) => bits >= KeyBits ? 0 : key >> bits << bits;

    /// <summary>The last key of the block of <c>2^bits</c> keys that begins with <paramref name="first"/>.</summary>
    public static ulong LastOfBlock(ulong first, int bits) => bits >= KeyBits ? ulong.MaxValue : first + ((1UL << bits) - 1);
}
