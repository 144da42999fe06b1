using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>The memory of a node or a cell that has been unlinked: address, size, and what it is.</summary>
/// <remarks>
/// <code>
///  63       48 47             1   0
/// +-----------+-----------------+----+
/// | bytes/16  |     address     |cell|
/// +-----------+-----------------+----+
/// </code>
/// </remarks>
internal readonly unsafe struct Retired
{
    private const ulong CellBit = 1;
    private const ulong AddressMask = (1UL << 48) - 1 - CellBit;
    private const int SizeShift = 48;
    private const int SizeUnit = 16;
    private readonly ulong _bits;

    public Retired(NodeMemory node) => _bits = (ulong)node.Start | (ulong)(node.Bytes / SizeUnit) << SizeShift;

    public Retired(ValueCell cell, int bytes) => _bits = (ulong)cell.Address | CellBit | (ulong)(bytes / SizeUnit) << SizeShift;

    public bool IsCell => (_bits & CellBit) != 0;

    public byte* Address => (byte*)(_bits & AddressMask);

    public int Bytes => (int)(_bits >> SizeShift) * SizeUnit;

    public bool IsPage => Bytes == Page.Size;

    public ValueCell Cell => new(Address);

    /// <summary>The head that can defer it alone, without any memory.</summary>
    public RcuHead* Head => IsPage && !IsCell ? NodePage.Head(Address) : (RcuHead*)Address;
}
