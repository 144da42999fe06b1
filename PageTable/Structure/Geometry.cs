namespace Alloc.PageTable;

/// <summary>The numbers of the tree: 9 bits a table, so that 512 words of 8 bytes fill a page.</summary>
internal static class Geometry
{
    public const int KeyBits = 64;
    public const int BitsPerTable = 9;
    public const int SlotsPerTable = 1 << BitsPerTable;
    public const ulong IndexMask = SlotsPerTable - 1;
    public const int WordsPerLine = 8;
    public const int LineBytes = WordsPerLine * sizeof(ulong);

    /// <summary>A narrow directory decides at least so many bits.</summary>
    public const int FewestBits = 6;

    /// <summary>
    /// Directories on a path. Each decides bits of its own of the 55 above a leaf table: nine, a narrow one at least six, and fewer only
    /// where it closes the gap between its parent and a child that was there before, which then decides nine.
    /// </summary>
    public const int MaxDirectories = 12;

    /// <summary>The first key of the block of <c>2^bits</c> keys that <paramref name="key"/> lies in.</summary>
    public static ulong FirstOfBlock(ulong key, int bits) => bits >= KeyBits ? 0 : key >> bits << bits;

    /// <summary>The last key of the block of <c>2^bits</c> keys that <paramref name="key"/> lies in.</summary>
    public static ulong LastOfBlock(ulong key, int bits) => bits >= KeyBits ? ulong.MaxValue : key | ((1UL << bits) - 1);

    /// <summary>The first key of a directory's slot; <paramref name="key"/> is any key of the directory.</summary>
    public static ulong FirstOfSlot(ulong key, int shift, int index) => FirstOfBlock(key, shift + BitsPerTable) + ((ulong)index << shift);
}
