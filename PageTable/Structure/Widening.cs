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

    private const int MostLooks = 500;

    /// <summary>Whether the directory above the bucket at the end of the path, which is crowded, seems to be full of buckets.</summary>
    public static bool LooksWorthwhile(in TreePath path) =>
        !path.IsAtRoot && path.Word is { IsBucket: true, Bucket.Groups: Bucket.MaxGroups } && IsFullOfBuckets(path.ParentWord);

    /// <summary>
    /// Lets whoever is widening the frozen directory at the end of the path finish. That takes about a millisecond, and a helper's plain copy would undo all of it.
    /// Bounded, so that a thread that stands still holds nobody up (F4).
    /// </summary>
    /// <returns>Whether the directory has been replaced.</returns>
    public static bool Await(in TreePath path)
    {
        if (!IsFullOfBuckets(path.Word)) return false;
        SteadyWait wait = default;
        for (int i = 0; i < MostLooks; i++)
        {
            if (path.Slot.Read() != path.Word.Bits) return true;
            wait.OnceAwake();
        }
        return false;
    }

    private static bool IsFullOfBuckets(ChildWord directory)
    {
        if (!directory.IsNarrow) return false;
        DirectoryTable table = directory.Directory;
        if (WiderShift(directory.Shift, table.BitsDecided) == directory.Shift) return false;
        int buckets = 0, groups = 0;
        for (int i = table.FirstIndex; i < table.EndIndex; i++)
        {
            ChildWord child = table.ReadChild(i);
            if (child.IsDirectory) return false;
            if (!child.IsBucket) continue;
            buckets++;
            groups += child.Bucket.Groups;
        }
        int slots = 1 << table.BitsDecided;
        return buckets * 8 >= slots * FilledEighths && groups * 2 >= slots * Bucket.MaxGroups;
    }

    public static bool TryBuild(NodeHeap heap, DirectoryTable frozen, in TreePath path, ref TableGather gather, out ChildWord successor)
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
