using System.Runtime.CompilerServices;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>Looks at every word of a table at rest and holds it against what the protocol leaves behind when nobody is at work.</summary>
/// <remarks>
/// No word carries FROZEN (F11, F12), no node is linked twice, none is left empty unless it was counted, the SKIP and ZEROS marks and the first
/// keys are those that the place of the node demands, and nodes, cells and entries are as many as the table and its allocator say.
/// The allocator must serve this table alone.
/// </remarks>
internal sealed unsafe class TreeCheck
{
    private readonly HashSet<nuint> _addresses = [];
    private readonly NodeHeap _heap;
    private readonly bool _emptyMayStand;
    private readonly bool _trimmed;

    private TreeCheck(NodeHeap heap, bool emptyMayStand, bool trimmed)
    {
        _heap = heap;
        _emptyMayStand = emptyMayStand;
        _trimmed = trimmed;
    }

    public long Directories { get; private set; }

    public long LeafTables { get; private set; }

    public long Cells { get; private set; }

    public long Empty { get; private set; }

    public List<ulong> Keys { get; } = [];

    /// <summary>Waits until all that was retired is free, then looks.</summary>
    /// <param name="table">A table that nobody uses meanwhile.</param>
    /// <param name="domain">Its domain.</param>
    /// <param name="allocator">Its allocator.</param>
    /// <param name="trimmed">Whether <see cref="RadixTable{TValue}.Trim"/> was the last call: then no directory has a single child, and nothing is empty.</param>
    public static TreeCheck AtRest<TValue>(RadixTable<TValue> table, RcuDomain domain, PageAllocator allocator, bool trimmed = false)
        where TValue : unmanaged
    {
        domain.Barrier();
        RadixTree tree = Internals<TValue>.Tree(table);
        RadixTableStatistics statistics = table.GetStatistics();
        var check = new TreeCheck(
            tree.Heap, tree.Heap.Mode == ReclaimMode.None || (!trimmed && statistics.EmptiedLeftStanding > 0), trimmed && tree.Heap.Mode != ReclaimMode.None);
        check.Visit(new ChildWord(tree.Root.Read()), 0, Geometry.KeyBits);

        Assert.Equal(check.Keys, table.Select(entry => entry.Key));
        foreach (ulong key in check.Keys) Assert.True(table.ContainsKey(key), $"{key:x} lies in the tree and is not found");
        Assert.Equal(check.Keys.Count, statistics.Entries);
        Assert.Equal(check.Keys.Count, table.Count);
        Assert.Equal(check.Directories, statistics.Directories);
        Assert.Equal(check.LeafTables, statistics.LeafTables);
        Assert.Equal(check.Cells, statistics.Cells);
        Assert.Equal(0, statistics.PendingPages);
        Assert.Equal(0, statistics.PendingBytes);
        PageAllocatorStatistics pages = allocator.GetStatistics();
        bool cellsAreBlocks = tree.Heap.CellBytes < Page.Size;
        Assert.Equal(check.Directories + check.LeafTables + (cellsAreBlocks ? 0 : check.Cells), pages.LivePages);
        Assert.Equal(cellsAreBlocks ? check.Cells : 0, pages.LiveBlocks);
        return check;
    }

    private void Visit(ChildWord word, ulong slotFirst, int slotBits)
    {
        Assert.False(word.IsFrozen, $"a frozen node is linked: {word}");
        if (word.IsEmpty) return;
        Assert.True(_addresses.Add((nuint)word.Address), $"linked twice: {word}");
        Assert.True(_heap.Handle == NodePage.Heap(word.Address).Handle, $"another table's node is linked: {word}");
        ulong first = word.FirstKey;
        int decided = word.BitsBelow;
        Assert.Equal(Geometry.FirstOfBlock(first, decided), first);
        Assert.Equal(slotFirst, Geometry.FirstOfBlock(first, slotBits));
        bool skips = decided < Math.Min(slotBits, Geometry.KeyBits);
        bool zeros = skips && word.IsDirectory && slotBits == Geometry.KeyBits && first >> decided == 0;
        ulong marks = !skips ? 0 : zeros ? ChildWord.ZerosBit : ChildWord.SkipBit;
        Assert.True((word.Bits & (ChildWord.SkipBit | ChildWord.ZerosBit)) == marks, $"wrong marks in a slot of {slotBits} bits: {word}");
        if (word.IsDirectory) VisitDirectory(word, first, slotBits);
        else if (!word.IsDirectory) VisitLeaf(word.LeafTable, first);
        else Assert.Fail($"no kind of node that this check knows: {word}");
    }

    private void VisitDirectory(ChildWord word, ulong first, int slotBits)
    {
        Directories++;
        Assert.True(word.Shift % Geometry.BitsPerTable == 0 && word.Shift >= Geometry.BitsPerTable && word.Shift < slotBits, $"a shift that routes nothing: {word}");
        int children = 0;
        for (int i = 0; i < Geometry.SlotsPerTable; i++)
        {
            ChildWord child = word.Directory.ReadChild(i);
            if (!child.IsEmpty) children++;
            // The topmost directory decides one bit only; its other slots cannot be reached.
            if (word.Shift + Geometry.BitsPerTable > Geometry.KeyBits && i >> (Geometry.KeyBits - word.Shift) != 0) Assert.True(child.IsEmpty);
            Visit(child, first + ((ulong)i << word.Shift), word.Shift);
        }
        if (children == 0) CountEmpty(word);
        Assert.False(_trimmed && children < 2, $"Trim left a directory with {children} children: {word}");
    }

    private void VisitLeaf(LeafTable leaf, ulong first)
    {
        LeafTables++;
        int before = Keys.Count;
        for (int i = 0; i < Geometry.SlotsPerTable; i++)
        {
            ulong word = leaf[i].Read();
            Assert.False(ValueWord.IsFrozen(word), $"a frozen value is linked: {first + (uint)i:x}");
            if (ValueWord.IsAbsent(word)) continue;
            Keys.Add(first + (uint)i);
            if (!ValueWord.IsCell(word)) continue;
            Cells++;
            Assert.True(_addresses.Add((nuint)ValueWord.Cell(word).Address), $"two words name one cell: {first + (uint)i:x}");
            Assert.True(_heap.Handle == ValueWord.Cell(word).Heap.Handle, "another table's cell is linked");
        }
        if (Keys.Count == before) CountEmpty(new ChildWord((ulong)leaf.Slots << ChildWord.AddressShift | ChildWord.LeafTableBit));
    }

    private void CountEmpty(ChildWord word)
    {
        Empty++;
        Assert.True(_emptyMayStand, $"an empty node was left standing and not counted: {word}");
    }

    private static class Internals<TValue> where TValue : unmanaged
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_tree")]
        public static extern ref RadixTree Tree(RadixTable<TValue> table);
    }
}
