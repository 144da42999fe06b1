using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>The address of a node or a cell that has been unlinked, with a bit that tells which.</summary>
internal readonly unsafe struct Retired
{
    private const ulong CellBit = 1;
    private readonly ulong _bits;

    public Retired(ChildWord node) => _bits = (ulong)node.Address;

    public Retired(Page page) => _bits = (ulong)page.Address;

    public Retired(ValueCell cell) => _bits = (ulong)cell.Address | CellBit;

    public bool IsCell => (_bits & CellBit) != 0;

    public byte* Address => (byte*)(_bits & ~CellBit);

    public ValueCell Cell => new(Address);

    /// <summary>The head that can defer it alone, without any memory.</summary>
    public RcuHead* Head => IsCell ? Cell.Head : NodePage.Head(Address);
}
