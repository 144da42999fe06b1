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
    private int _depth;

    private TreeCheck(NodeHeap heap, bool emptyMayStand, bool trimmed)
    {
        _heap = heap;
        _emptyMayStand = emptyMayStand;
        _trimmed = trimmed;
    }

    public long Directories { get; private set; }

    public long LeafTables { get; private set; }

    public long Runs { get; private set; }

    public long Buckets { get; private set; }

    public long Pages { get; private set; }

    public long Blocks { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Directories on the longest path.</summary>
    public int Depth { get; private set; }

    public long Cells { get; private set; }

    public long Empty { get; private set; }

    public List<ulong> Keys { get; } = [];

    /// <summary>Waits until all that was retired is free, then looks.</summary>
    /// <param name="table">A table that nobody uses meanwhile.</param>
    /// <param name="domain">Its domain.</param>
    /// <param name="allocator">Its allocator.</param>
    /// <param name="trimmed">Whether <see cref="RadixTable{TValue}.Trim()"/> was the last call: then no directory has a single child, and nothing is empty.</param>
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
        Assert.Equal(check.Runs, statistics.Runs);
        Assert.Equal(check.Buckets, statistics.Buckets);
        Assert.Equal(check.Cells, statistics.Cells);
        Assert.Equal(check.Bytes + check.Cells * tree.Heap.CellBytes, statistics.TableBytes);
        Assert.Equal(0, statistics.PendingPages);
        Assert.Equal(0, statistics.PendingBytes);
        PageAllocatorStatistics pages = allocator.GetStatistics();
        bool cellsAreBlocks = tree.Heap.CellBytes < Page.Size;
        Assert.Equal(check.Pages + (cellsAreBlocks ? 0 : check.Cells), pages.LivePages);
        Assert.Equal(check.Blocks + (cellsAreBlocks ? check.Cells : 0), pages.LiveBlocks);
        return check;
    }

    private void Visit(ChildWord word, ulong slotFirst, int slotBits)
    {
        Assert.False(word.IsFrozen, $"a frozen node is linked: {word}");
        if (word.IsEmpty) return;
        Assert.True(_addresses.Add((nuint)word.Address), $"linked twice: {word}");
        NodeMemory memory = NodeMemory.Of(word);
        Bytes += memory.Bytes;
        if (memory.IsPage)
        {
            Pages++;
            Assert.True(_heap.Handle == NodePage.Heap(memory.Start).Handle, $"another table's node is linked: {word}");
        }
        else
        {
            Blocks++;
        }

        // The root is no directory's, so nothing of it is decided above.
        ulong first = word.IsSmall || word.IsNarrow ? slotFirst : word.FirstKey;
        int decided = word.BitsBelow(slotBits);
        int below = word.BitsBelow(Geometry.KeyBits);
        Assert.Equal(Geometry.FirstOfBlock(first, decided), first);
        // A full directory may reach beyond its slot, where it cannot be entered.
        int reach = Math.Max(slotBits, word.IsDirectory ? below : 0);
        Assert.Equal(Geometry.FirstOfBlock(slotFirst, reach), Geometry.FirstOfBlock(first, reach));
        bool skips = !word.IsSmall && below < slotBits;
        bool zeros = skips && word.IsDirectory && slotBits == Geometry.KeyBits && first >> below == 0;
        ulong marks = !skips ? 0 : zeros ? ChildWord.ZerosBit : ChildWord.SkipBit;
        Assert.True((word.Bits & (ChildWord.SkipBit | ChildWord.ZerosBit)) == marks, $"wrong marks in a slot of {slotBits} bits: {word}");
        switch (word.Kind)
        {
            case NodeKind.Directory:
                VisitDirectory(word, first, slotFirst, slotBits);
                break;
            case NodeKind.LeafTable:
                LeafTables++;
                VisitWindow(word, first, Geometry.LastOfBlock(first, decided));
                break;
            case NodeKind.Run:
                Runs++;
                Assert.Equal(word.Bits & Geometry.IndexMask, word.Run.Base & Geometry.IndexMask);
                VisitWindow(word, slotFirst, Geometry.LastOfBlock(slotFirst, slotBits));
                break;
            default:
                Buckets++;
                VisitBucket(word, slotFirst, slotBits);
                break;
        }
    }

    private void VisitDirectory(ChildWord word, ulong first, ulong ownSlotFirst, int slotBits)
    {
        Directories++;
        DirectoryTable directory = word.Directory;
        Assert.True(word.Shift >= Geometry.BitsPerTable && word.Shift < slotBits, $"a shift that routes nothing: {word}");
        Assert.True(!directory.IsNarrow || word.Shift + directory.BitsDecided >= slotBits, $"a narrow directory that can be left: {word}");
        _depth++;
        Depth = Math.Max(Depth, _depth);
        int children = 0;
        ChildWord only = default;
        for (int i = directory.FirstIndex; i < directory.EndIndex; i++)
        {
            ChildWord child = directory.ReadChild(i);
            ulong slotFirst = Geometry.FirstOfSlot(first, word.Shift, i);
            if (!child.IsEmpty)
            {
                children++;
                only = child;
                // Index bits that were decided above have one value only.
                Assert.True(Geometry.FirstOfBlock(slotFirst, slotBits) == ownSlotFirst, $"a child that cannot be reached: {child}");
            }
            Visit(child, slotFirst, word.Shift);
        }
        _depth--;
        if (children == 0) CountEmpty(word);
        Assert.False(_trimmed && (children == 0 || (children == 1 && !only.IsNarrow)), $"Trim left a directory with {children} children: {word}");
    }

    private void VisitWindow(ChildWord word, ulong first, ulong last)
    {
        Window window = Terminal.Window(word);
        Assert.True(window.FirstKey >= first && window.LastKey <= last && window.Count is > 0 and <= Geometry.SlotsPerTable, $"a window that is not in its slot: {word}");
        Assert.False(window.FreezeHasBegun);
        int before = Keys.Count;
        for (int i = 0; i < window.Count; i++) VisitValue(window.FirstKey + (uint)i, window[i].Read());
        if (Keys.Count == before) CountEmpty(word);
    }

    private void VisitBucket(ChildWord word, ulong slotFirst, int slotBits)
    {
        Bucket bucket = word.Bucket;
        int before = Keys.Count;
        for (int lane = Bucket.FirstLane; lane < bucket.EndLane; lane++)
        {
            ulong key = bucket.KeyLane(lane).Read(), value = bucket.ValueLane(lane).Read();
            Assert.True(key != Bucket.Frozen, $"a frozen lane is linked: {word}");
            if (key == Bucket.Empty)
            {
                Assert.Equal(ValueWord.Absent, value);
                continue;
            }
            Assert.Equal(slotFirst, Geometry.FirstOfBlock(key, slotBits));
            ulong* place = Bucket.Find(word.Bits, key);
            Assert.True(place == bucket.ValueLane(lane).Location, $"{key:x} lies where it is not looked for, or twice");
            VisitValue(key, value);
        }
        Keys.Sort(before, Keys.Count - before, null);
        if (Keys.Count == before) CountEmpty(word);
    }

    private void VisitValue(ulong key, ulong word)
    {
        Assert.False(ValueWord.IsFrozen(word), $"a frozen value is linked: {key:x}");
        if (ValueWord.IsAbsent(word)) return;
        Keys.Add(key);
        if (!ValueWord.IsCell(word)) return;
        Cells++;
        Assert.True(_addresses.Add((nuint)ValueWord.Cell(word).Address), $"two words name one cell: {key:x}");
        Assert.True(_heap.Handle == ValueWord.Cell(word).Heap.Handle, "another table's cell is linked");
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
