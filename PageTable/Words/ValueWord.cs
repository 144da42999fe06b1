namespace Alloc.PageTable;

/// <summary>A word of a leaf table: absent, a value, or where the value lies.</summary>
/// <remarks>
/// <code>
///  63                  1   0
/// +----------------------+---+
/// |       payload        | F |
/// +----------------------+---+
/// payload 0 : absent, so that a zeroed page is a table of absents
///         1 … CellBase - 1 : an inline value, plus one
///         CellBase …       : CellBase + the address of a cell (48 bits)
/// </code>
/// F is the FROZEN mark: the word never changes again (F1). Which values are inline is <see cref="ValueCodec{TValue}"/>'s matter.
/// </remarks>
internal static unsafe class ValueWord
{
    public const ulong Absent = 0;
    public const ulong FrozenBit = 1;
    public const ulong FrozenAbsent = Absent | FrozenBit;
    public const ulong CellBase = 0x7FFFUL << 48;
    private const ulong AddressMask = (1UL << 48) - 1;

    public static bool IsFrozen(ulong word) => (word & FrozenBit) != 0;

    public static bool IsAbsent(ulong word) => word <= FrozenAbsent;

    public static ulong Unfrozen(ulong word) => word & ~FrozenBit;

    public static bool IsCell(ulong word) => word >> 1 >= CellBase;

    public static ulong ToCell(ValueCell cell) => (CellBase | (ulong)cell.Address) << 1;

    public static ValueCell Cell(ulong word) => new((byte*)((word >> 1) & AddressMask));
}
