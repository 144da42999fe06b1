using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>A narrow directory whose buckets have filled up becomes a wider one of smaller buckets, where each of them would have become a directory: a level
/// saved for every key below.</summary>
/// <remarks>
/// Level compression, in two steps: a directory that follows a bucket is narrow, since a wide one would cost too much for so few keys; when there are enough
/// of them it is widened, by one to three bits. Each key is copied once more for it. An insert tries it at most once, and then splits its bucket as
/// always; a directory with a child that is one already is not tried again.
/// <para>Source: S. Nilsson, G. Karlsson, "IP-address lookup using LC-tries" (1999): levels are compressed where they are full.</para>
/// </remarks>
internal readonly unsafe struct Widening : IFamilySuccessor
{
    /// <summary>Of eight slots so many hold a bucket.</summary>
    private const int FilledEighths = 7;

    /// <summary>Whether the directory above the bucket at the end of the path, which is crowded, seems to be full of buckets.</summary>
    public static bool LooksWorthwhile(in TreePath path)
    {
        if (path.IsAtRoot || !path.ParentWord.IsNarrow || path.Word is not { IsBucket: true, Bucket.Groups: Bucket.MaxGroups }) return false;
        DirectoryTable parent = path.Parent;
        if (WiderShift(path.ParentWord.Shift, parent.BitsDecided) == path.ParentWord.Shift) return false;
        int buckets = 0, groups = 0;
        for (int i = parent.FirstIndex; i < parent.EndIndex; i++)
        {
            ChildWord child = parent.ReadChild(i);
            if (child.IsDirectory) return false;
            if (!child.IsBucket) continue;
            buckets++;
            groups += child.Bucket.Groups;
        }
        int slots = 1 << parent.BitsDecided;
        return buckets * 8 >= slots * FilledEighths && groups * 2 >= slots * Bucket.MaxGroups;
    }

    public static bool TryBuild(NodeHeap heap, DirectoryTable frozen, in TreePath path, out ChildWord successor)
    {
        int shift = WiderShift(path.Word.Shift, frozen.BitsDecided);
        int bits = path.Word.Shift + frozen.BitsDecided - shift;
        if (!NodeBuilder.TryAllocateDirectory(heap, path.Route, shift, bits, path.SlotBits, out successor)) return false;
        for (int i = frozen.FirstIndex; i < frozen.EndIndex; i++)
        {
            ChildWord child = frozen.ReadChild(i).Unfrozen;
            if (child.IsEmpty || (!child.IsDirectory && TryDivide(heap, child, path.Word.Shift, successor))) continue;
            heap.FreePrivateTree(successor);
            successor = ChildWord.Empty;
            return false;
        }
        if (Interleaving.Enabled) Interleaving.Point(Step.Copy, frozen.Slots);
        return true;
    }

    [SkipLocalsInit]
    private static bool TryDivide(NodeHeap heap, ChildWord child, int childBits, ChildWord wider)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        Terminal.Freeze(child, ref content);
        content.Entries.GroupByBlock(wider.Shift, childBits - wider.Shift);
        return NodeBuilder.TryPutParts(heap, content.Entries, default, wider);
    }

    private static int WiderShift(int shift, int bitsDecided) => Math.Max(Geometry.BitsPerTable, shift + bitsDecided - Geometry.BitsPerTable);
}
