using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <remarks>
/// Trim goes over the whole tree, in bounded sections, and looks at a directory after what it holds, since that may leave it with one child. Between
/// sections it keeps a key: the last one of the terminal node that it looked at last, behind which come the directories that end there.
/// </remarks>
internal sealed unsafe partial class RadixTree
{
    /// <summary>Terminal nodes that <see cref="Trim"/> looks at in one section.</summary>
    private const int NodesPerTrimSection = 128;

    /// <summary>Gives up what stands without need: nodes left empty, directories left with at most one child or with less than a small node holds, nodes whose content would fit in
    /// half their memory or that keep a sparse slab. Bounded sections.</summary>
    /// <param name="gather">Takes what is unlinked.</param>
    /// <param name="replacements">How many nodes to replace at most.</param>
    /// <returns>Whether the whole tree has been looked at.</returns>
    public bool Trim(ref TableGather gather, long replacements)
    {
        if (!Unlinks) return true;
        ulong at = 0;
        bool behind = false, more = true;
        while (more && replacements > 0)
        {
            using (Heap.Domain.Enter())
            {
                var walk = new OrderedWalk(Root);
                more = TryMoveToShrinkable(ref walk, at, behind, out bool found);
                if (more)
                {
                    ulong first = walk.FirstKey, last = walk.LastKey; // a replacement leads the path elsewhere
                    ChildWord node = walk.Node;
                    // What was emptied may leave its directory empty too; what was made smaller is so for good.
                    bool again = !found || node.IsDirectory || node.IsFrozen || Terminal.LooksEmpty(node);
                    bool shrunk = found && (node.IsFrozen
                        ? HelpHolder(ref walk.Path, ref gather) != MutationStatus.NoMemory
                        : TryShrink(ref walk.Path, ref gather));
                    if (shrunk) replacements--;
                    if (again && (shrunk || !found))
                    {
                        at = first;
                        behind = false;
                    }
                    else
                    {
                        // A terminal node is behind; a directory that could not be replaced, with what ends where it ends, is left for another time.
                        behind = !node.IsDirectory;
                        more = behind || last != ulong.MaxValue;
                        at = behind ? last : last + 1;
                    }
                }
            }
            gather.FlushIfFull();
            if (gather.Owes) Settle(ref gather);
        }
        return !more;
    }

    /// <summary>To the first node from a key on that the tree can do without or that is much too large. Looks at so many terminal nodes and no more.</summary>
    /// <param name="walk">The walk; at the end at that node, or at a terminal node to begin with next time.</param>
    /// <param name="from">The key to begin at.</param>
    /// <param name="behind">Whether the terminal node that ends at that key has been looked at; the directories that end there have not.</param>
    /// <param name="found">Which of the two it is.</param>
    /// <returns>False where no node is left.</returns>
    private bool TryMoveToShrinkable(ref OrderedWalk walk, ulong from, bool behind, out bool found)
    {
        found = false;
        int nodes = 0;
        for (bool there = walk.StepTo(from, isUp: true); there; there = walk.Step(isUp: true))
        {
            ChildWord node = walk.Node;
            if (node.IsDirectory) found = node.Directory.LooksCollapsible() || Merge.LooksWorthwhile(node, walk.Path.SlotBits);
            else if (behind && walk.LastKey == from) continue;
            else if (nodes++ == NodesPerTrimSection) return true;
            else found = Heap.IsSparse(node) || IsMuchTooLarge(node, walk.Path.SlotBits);
            if (found) return true;
        }
        return false;
    }

    private bool TryShrink(ref TreePath path, ref TableGather gather) =>
        path.Word.IsDirectory && !path.Word.Directory.LooksCollapsible()
            ? TryBegin(ref gather) && FamilyReplacement.TryReplace<Merge>(this, ref path, ref gather)
            : TryReplace(ref path, Mutation.Shrink, ref gather);

    [SkipLocalsInit]
    private static bool IsMuchTooLarge(ChildWord node, int slotBits)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        Terminal.Collect(node, 0, ulong.MaxValue, ref content);
        if (content.Count == 0) return true;
        Shape shape = Fit.Choose(content.Entries, slotBits, default);
        return shape.Kind != NodeKind.Directory && shape.Bytes * 2 <= NodeMemory.Of(node).Bytes;
    }
}
