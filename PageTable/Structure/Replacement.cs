using System.Diagnostics;

namespace Alloc.PageTable;

/// <summary>Freeze, copy, swing: the one structural protocol. Every node that leaves the tree leaves it here.</summary>
/// <remarks>
/// Every word that can change has a frozen form, and a node all of whose words are frozen cannot change. So to replace a node:
/// <list type="number">
/// <item><b>Freeze</b> every word of it, from the first on (F1). Anyone may do it, any number of times.</item>
/// <item><b>Copy</b> what it holds into the private node that fits (<see cref="Fit"/>), with the operation of whoever copies done in the
/// copy (F3). Only a node whose whole pass is done is copied (F2): a word read before it was frozen may be stale.</item>
/// <item><b>Swing</b> the parent's slot from the old word to the new one by one compare-and-swap. The winner retires the old node,
/// once; a loser frees its copy, which nobody else has seen.</item>
/// </list>
/// An in-place change that succeeds therefore met a word that was not frozen, so its node was not yet replaced and every later copy
/// contains it (F5). The content decides whether a node is empty, not the look that started the replacement (F8).
/// <para><b>Whoever began a freeze sees it through (F12).</b> Split above or a directory's replacement may move the frozen node to another
/// slot, and the swing is lost. Then the thread walks again by a key that routes to the node, replaces what frozen node it meets,
/// directories too, until a terminal node's swing is won or nothing frozen is left. It does not do its operation twice.</para>
/// <para><b>Memory (F11).</b> Whoever starts a freeze holds a spare page before the first mark (<see cref="TableGather.TryHoldSpare"/>), so
/// a frozen node without a successor exists only while its thread is stopped. Helpers take theirs from the allocator's reserve.</para>
/// <para><b>Lock-free.</b> A swing is lost only to another step that succeeded; anyone can finish a frozen node; and since a copy holds its
/// maker's operation, only boundedly many swings in a row complete none.</para>
/// <code>
/// Private ──swing in──► Live ──first mark──► Freezing ──pass done──► Frozen ──swing out──► Replaced ──gather──► Retired ──► Free
/// </code>
/// </remarks>
internal static unsafe class Replacement
{
    private enum Outcome
    {
        Won,

        /// <summary>Won, and the slot is EMPTY now.</summary>
        WonEmpty,

        Lost,

        NoMemory,
    }

    /// <summary>
    /// Replaces the node at the end of the path, and then the directories above that are emptied by it. Applied: this call's swing of
    /// that node won, and so completed <paramref name="edit"/>. Refused: it was lost, and what was frozen has been seen through.
    /// </summary>
    public static MutationStatus Replace(RadixTree tree, ref Path path, ref Mutation edit, ref TableGather gather)
    {
        Debug.Assert(!path.Word.IsEmpty && !path.Word.IsFrozen);
        ulong route = path.Word.FirstKey; // every directory of the path covers it
        Outcome outcome = Once(tree, ref path, ref edit, ref gather);
        MutationStatus status = outcome switch
        {
            Outcome.Lost => MutationStatus.Refused,
            Outcome.NoMemory => MutationStatus.NoMemory,
            _ => MutationStatus.Applied,
        };
        if (outcome == Outcome.Won) return status;

        Mutation none = Mutation.None;
        bool owed = outcome == Outcome.Lost;
        while (true)
        {
            if (outcome == Outcome.WonEmpty)
            {
                if (TryClimb(ref path, tree.Heap, ref gather))
                {
                    outcome = Once(tree, ref path, ref none, ref gather);
                    owed |= outcome == Outcome.Lost;
                    continue;
                }
            }
            if (!owed || outcome == Outcome.NoMemory) return status;
            if (!Walk.ToFrozen(tree.Root, route, ref path)) return status;
            bool terminal = !path.Word.IsDirectory;
            outcome = Once(tree, ref path, ref none, ref gather);
            if (terminal && outcome is Outcome.Won or Outcome.WonEmpty) owed = false;
        }
    }

    /// <summary>One freeze, copy and swing of the node at the end of the path.</summary>
    private static Outcome Once(RadixTree tree, ref Path path, ref Mutation edit, ref TableGather gather)
    {
        NodeHeap heap = tree.Heap;
        Interlocked.Increment(ref heap.Account.Replacements);
        ChildWord old = path.Word;
        ChildWord successor;
        bool copied;
        if (old.IsDirectory)
        {
            Debug.Assert(edit.Kind == MutationKind.None);
            int children = old.Directory.Freeze(out ChildWord child);
            copied = Fit.TryCopy(heap, old, children, child, path.SlotBits, ref gather, out successor);
            if (children == 1)
            {
                // The child itself moves up: after a lost swing there is no copy to free.
                return Swing(ref path, old, successor, ref gather) ? Outcome.Won : Lost(heap);
            }
        }
        else
        {
            int values = old.LeafTable.Freeze();
            copied = Fit.TryCopy(heap, old.LeafTable, values, ref edit, path.SlotBits, ref gather, out successor);
        }
        if (!copied) return Outcome.NoMemory;
        if (!Swing(ref path, old, successor, ref gather))
        {
            if (!successor.IsEmpty) gather.TakeBack(successor);
            return Lost(heap);
        }
        if (edit.Kind != MutationKind.None) Complete(tree, old.LeafTable, ref edit, ref gather);
        return successor.IsEmpty ? Outcome.WonEmpty : Outcome.Won;
    }

    private static bool Swing(ref Path path, ChildWord old, ChildWord successor, ref TableGather gather)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Swing, path.Slot.Location);
        if (!path.Slot.TryChange(old.Bits, successor.Bits)) return false;
        gather.Add(old);
        return true;
    }

    private static Outcome Lost(NodeHeap heap)
    {
        Interlocked.Increment(ref heap.Account.LostSwings);
        return Outcome.Lost;
    }

    // The swing has made the edit's copy the content: its effects are this thread's to account for, and the cells that the copy
    // does not carry on are its to retire.
    private static void Complete(RadixTree tree, LeafTable replaced, ref Mutation edit, ref TableGather gather)
    {
        if (edit.Kind == MutationKind.RemoveRange)
        {
            int from = edit.Key <= replaced.FirstKey ? 0 : LeafTable.Index(edit.Key);
            int to = edit.LastKey >= replaced.LastKey ? Geometry.SlotsPerTable - 1 : LeafTable.Index(edit.LastKey);
            for (int i = from; i <= to; i++) RadixTree.Removed(ref edit, replaced.Slots[i], ref gather);
        }
        else
        {
            edit.OldWord = ValueWord.Unfrozen(replaced.Slots[LeafTable.Index(edit.Key)]);
            tree.Changed(ref edit, ref gather);
        }
    }

    // To the directory above, where that looks empty now and memory for its replacement is at hand (F11).
    private static bool TryClimb(ref Path path, NodeHeap heap, ref TableGather gather)
    {
        if (path.IsAtRoot) return false;
        Directory parent = path.Parent;
        int index = parent.IndexOf(path.Slot);
        path.Pop();
        if (path.Word.IsFrozen || !parent.LooksEmpty(index)) return false;
        if (gather.TryHoldSpare()) return true;
        Interlocked.Increment(ref heap.Account.EmptiedLeftStanding);
        return false;
    }
}
