using System.Runtime.CompilerServices;
using Alloc.Native;

namespace Alloc.PageTable;

/// <summary>A directory and its terminal children become one small node: how a tree that has been thinned out gets small again. Only Trim does it.</summary>
internal readonly unsafe struct Merge : IFamilySuccessor
{
    /// <summary>Whether all that lies below a directory seems to fit into one node of at most half the memory.</summary>
    [SkipLocalsInit]
    public static bool LooksWorthwhile(ChildWord directory, int slotBits)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        int bytes = NodeMemory.Of(directory).Bytes;
        DirectoryTable table = directory.Directory;
        for (int i = table.NextChild(table.FirstIndex); i < table.EndIndex; i = table.NextChild(i + 1))
        {
            ChildWord child = table.ReadChild(i);
            if (child.IsEmpty) continue;
            if (child.IsDirectory || content.Count + Terminal.Capacity(child) > Content.Capacity) return false;
            bytes += NodeMemory.Of(child).Bytes;
            Terminal.Collect(child, 0, ulong.MaxValue, ref content);
        }
        return content.Count != 0 && Fits(ref content, slotBits, out int needed) && needed * 2 <= bytes;
    }

    [SkipLocalsInit]
    public static bool TryBuild(NodeHeap heap, DirectoryTable frozen, in TreePath path, ref TableGather gather, out ChildWord successor)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        successor = ChildWord.Empty;
        if (!TryFreezeChildren(frozen, ref content) || !Fits(ref content, path.SlotBits, out _)) return false;
        if (NodeBuilder.TryBuild(heap, ref content, path.SlotBits, new Outlook { Compacts = true }, out successor)) return true;
        // What fits into one node fits into the page that was held before the first mark (F11).
        return gather.TryTakeForCopy(own: true, out Page page) && NodeBuilder.TryBuildInPage(heap, ref content, path.SlotBits, page, out successor);
    }

    private static bool TryFreezeChildren(DirectoryTable frozen, ref Content content)
    {
        for (int i = frozen.FirstIndex; i < frozen.EndIndex; i++)
        {
            ChildWord child = frozen.ReadChild(i).Unfrozen;
            if (child.IsEmpty) continue;
            if (child.IsDirectory || content.Count + Terminal.Capacity(child) > Content.Capacity) return false;
            Terminal.Freeze(child, ref content);
        }
        if (Interleaving.Enabled) Interleaving.Point(Step.Copy, frozen.Slots);
        return true;
    }

    private static bool Fits(ref Content content, int slotBits, out int bytes)
    {
        bytes = 0;
        if (content.Count == 0) return true;
        Shape shape = Fit.Choose(content.Entries, slotBits, default);
        bytes = shape.Bytes;
        return shape.Kind != NodeKind.Directory;
    }
}
