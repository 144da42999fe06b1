using System.Diagnostics;
using Alloc.Native;

namespace Alloc.PageTable;

/// <summary>Makes private nodes from entries. False means that there was no memory, and then nothing was kept.</summary>
internal static unsafe class NodeBuilder
{
    /// <summary>The node, or the nodes, that fit (<see cref="Fit"/>). Sorts the entries where it has to.</summary>
    public static bool TryBuild(NodeHeap heap, ref Content content, int slotBits, in Outlook outlook, out ChildWord word)
    {
        word = ChildWord.Empty;
        if (content.Count == 0) return true;
        Shape shape = Fit.Choose(content.Entries, slotBits, outlook);
        return TryBuild(heap, content.Entries, slotBits, outlook, shape, out word);
    }

    /// <summary>A node for one new entry.</summary>
    public static bool TryBuildFirst(NodeHeap heap, ulong key, ulong valueWord, int slotBits, bool denseBeside, out ChildWord word)
    {
        var entries = new Entries(&key, &valueWord, 1, isSorted: true);
        var outlook = new Outlook { DenseBeside = denseBeside };
        return TryBuild(heap, entries, slotBits, outlook, Fit.Choose(entries, slotBits, outlook), out word);
    }

    /// <summary>A node of one page for content that was in one node: there is always one that fits.</summary>
    public static bool TryBuildInPage(NodeHeap heap, ref Content content, int slotBits, Page page, out ChildWord word)
    {
        Entries entries = content.Entries;
        entries.GetBounds(out ulong lowest, out ulong highest);
        if (lowest >> Geometry.BitsPerTable == highest >> Geometry.BitsPerTable)
        {
            word = LeafTableOf(heap, entries, page.Address, slotBits, isZeroed: false);
        }
        else if (highest - lowest < Run.MaxCount)
        {
            word = RunOf(heap, entries, page.Address, Page.Size, lowest, slotBits);
        }
        else if (entries.Count < Bucket.MaxGroups * Bucket.LanesPerGroup && !entries.ContainsReserved())
        {
            word = BucketOf(heap, entries, page.Address, Bucket.MaxGroups);
        }
        else
        {
            word = ChildWord.Empty;
            return false;
        }
        return true;
    }

    private static bool TryBuild(NodeHeap heap, in Entries entries, int slotBits, in Outlook outlook, in Shape shape, out ChildWord word)
    {
        word = ChildWord.Empty;
        byte* memory;
        switch (shape.Kind)
        {
            case NodeKind.LeafTable:
                if (!heap.TryAllocateTable(out memory)) return false;
                word = LeafTableOf(heap, entries, memory, slotBits, isZeroed: true);
                return true;
            case NodeKind.Run:
                if (!heap.TryAllocate(shape.Bytes, outlook.Compacts, out memory)) return false;
                word = RunOf(heap, entries, memory, shape.Bytes, shape.Base, slotBits);
                return true;
            case NodeKind.Bucket:
                if (!heap.TryAllocate(shape.Bytes, outlook.Compacts, out memory)) return false;
                word = BucketOf(heap, entries, memory, shape.Groups);
                return true;
            default:
                return TryBuildDirectory(heap, entries.Sorted(), slotBits, outlook, shape, out word);
        }
    }

    private static bool TryBuildDirectory(NodeHeap heap, in Entries entries, int slotBits, in Outlook outlook, in Shape shape, out ChildWord word)
    {
        if (!TryAllocateDirectory(heap, entries.Keys[0], shape.Shift, shape.BitsDecided, slotBits, out word)) return false;
        if (TryPutParts(heap, entries, outlook, word)) return true;
        heap.FreePrivateTree(word);
        word = ChildWord.Empty;
        return false;
    }

    /// <summary>Puts entries, those of a slot beside each other, into a private directory, a node for each slot. False, with some of them in, where there was no memory.</summary>
    public static bool TryPutParts(NodeHeap heap, in Entries entries, in Outlook outlook, ChildWord directory)
    {
        int shift = directory.Shift;
        ulong* slots = directory.Directory.Origin;
        int from = 0;
        while (from < entries.Count)
        {
            ulong block = entries.Keys[from] >> shift;
            int to = from + 1;
            while (to < entries.Count && entries.Keys[to] >> shift == block) to++;
            Entries part = entries.Slice(from, to);
            Outlook below = outlook.Grows && outlook.Key >> shift == block ? new Outlook { Grows = true, Key = outlook.Key } : new Outlook { Compacts = outlook.Compacts };
            if (!TryBuild(heap, part, shift, below, Fit.Choose(part, shift, below), out ChildWord child)) return false;
            slots[(int)(block & Geometry.IndexMask)] = child.Bits;
            from = to;
        }
        return true;
    }

    /// <summary>A private directory without children on the way to a key: a narrow one's window is that key's.</summary>
    public static bool TryAllocateDirectory(NodeHeap heap, ulong key, int shift, int bitsDecided, int slotBits, out ChildWord word)
    {
        byte* memory;
        if (bitsDecided == Geometry.BitsPerTable)
        {
            word = ChildWord.Empty;
            if (!heap.TryAllocateTable(out memory)) return false;
            word = DirectoryOf(heap, (ulong*)memory, key, shift, slotBits);
            return true;
        }
        int slots = 1 << bitsDecided;
        word = ChildWord.Empty;
        if (!heap.TryAllocate(NodeMemory.NarrowDirectoryBytes(bitsDecided), compacts: false, out memory)) return false;
        ulong* first = NodeMemory.NarrowDirectorySlots(memory);
        new Span<ulong>(first, slots).Clear();
        int firstIndex = (int)((key >> shift) & Geometry.IndexMask) & -slots;
        word = heap.Describe(ChildWord.To(new DirectoryTable(first - firstIndex, firstIndex, bitsDecided), shift, slotBits), 0);
        return true;
    }

    /// <summary>A page becomes a full directory; its slots are the caller's to write.</summary>
    public static ChildWord DirectoryOf(NodeHeap heap, ulong* slots, ulong key, int shift, int slotBits)
    {
        var directory = new DirectoryTable(slots, 0, Geometry.BitsPerTable);
        // The marks depend on the first key, so that has to be there before the word is made.
        NodePage.Describe(Page.FromAddress(slots), Geometry.FirstOfBlock(key, shift + Geometry.BitsPerTable), heap.Handle);
        return heap.Describe(ChildWord.To(directory, shift, slotBits), directory.FirstKey);
    }

    private static ChildWord LeafTableOf(NodeHeap heap, in Entries entries, byte* memory, int slotBits, bool isZeroed)
    {
        var leaf = new LeafTable((ulong*)memory);
        if (!isZeroed) new Span<ulong>(leaf.Slots, Geometry.SlotsPerTable).Clear();
        for (int i = 0; i < entries.Count; i++) leaf.Slots[LeafTable.Index(entries.Keys[i])] = entries.Words[i];
        return heap.Describe(ChildWord.To(leaf, slotBits), Geometry.FirstOfBlock(entries.Keys[0], Geometry.BitsPerTable));
    }

    private static ChildWord RunOf(NodeHeap heap, in Entries entries, byte* memory, int bytes, ulong firstKey, int slotBits)
    {
        Run run = Run.Format(memory, bytes, firstKey, Geometry.LastOfBlock(firstKey, slotBits));
        new Span<ulong>(run.Words, run.Count).Clear();
        for (int i = 0; i < entries.Count; i++)
        {
            Debug.Assert(run.Window.Covers(entries.Keys[i]));
            run.Words[entries.Keys[i] - firstKey] = entries.Words[i];
        }
        return heap.Describe(ChildWord.To(run), 0);
    }

    private static ChildWord BucketOf(NodeHeap heap, in Entries entries, byte* memory, int groups)
    {
        Bucket bucket = Bucket.Format(memory, groups);
        bucket.Fill(entries);
        return heap.Describe(ChildWord.To(bucket), 0);
    }
}
