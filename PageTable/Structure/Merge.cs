using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>A directory and its terminal children become one small node: how a tree that has been thinned out gets small again. Only Trim does it.</summary>
/// <remarks>
/// Freeze, copy, swing, of a directory together with its children: the directory's slots are frozen first, so no child can be replaced while it
/// is linked there; then every word of every child; then one node is made of what all of them hold, and one swing of the slot above puts it in.
/// The winner retires the directory and the children. A write that succeeded in a child met a word that was not frozen, so the copy has it
/// (F5); a reader that is inside the directory finds children that stand still since before the swing (F6).
/// <para>A writer that meets the frozen slots helps as always (F4): it puts a copy of the directory in, and the swing here is lost. Then the children
/// are linked once more, frozen, and this thread sees every one of them through (F12), as it does where the content turns out not to fit.</para>
/// </remarks>
internal static unsafe class Merge
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

    /// <summary>Merges the directory at the end of the path, whose slot carries no mark. False where it stays, or a copy of it.</summary>
    [SkipLocalsInit]
    public static bool TryReplace(RadixTree tree, ref TreePath path, ref TableGather gather)
    {
        NodeHeap heap = tree.Heap;
        if (!gather.TryHoldSpare())
        {
            heap.CountLeftStanding();
            return false;
        }
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        Interlocked.Increment(ref heap.Account.Replacements);
        ChildWord old = path.Word;
        DirectoryTable directory = old.Directory;
        directory.Freeze(out _);
        ChildWord successor = ChildWord.Empty;
        bool fits = TryFreezeChildren(directory, ref content)
            && Fits(ref content, path.SlotBits, out _)
            && NodeBuilder.TryBuild(heap, ref content, path.SlotBits, new Outlook { Compacts = true }, out successor);
        if (fits)
        {
            if (Replacement.Swing(ref path, old, successor, ref gather))
            {
                RetireChildren(directory, ref gather);
                return true;
            }
            Interlocked.Increment(ref heap.Account.LostSwings);
            if (!successor.IsEmpty) heap.FreePrivate(successor);
        }
        ulong first = Geometry.FirstOfSlot(path.Route, old.Shift, directory.FirstIndex);
        Replacement.SeeThrough(tree, first, Geometry.LastOfBlock(Geometry.FirstOfSlot(path.Route, old.Shift, directory.EndIndex - 1), old.Shift), ref gather);
        return false;
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

    private static void RetireChildren(DirectoryTable replaced, ref TableGather gather)
    {
        for (int i = replaced.FirstIndex; i < replaced.EndIndex; i++)
        {
            if (replaced.ReadChild(i).Unfrozen is { IsEmpty: false } child) gather.Add(child);
        }
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
