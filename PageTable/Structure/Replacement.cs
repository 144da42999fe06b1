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
/// a frozen node without a successor exists only while its thread is stopped. Helpers take theirs from the allocator's reserve; one that gets
/// none ends its section before it tries again, so that grace periods can bring memory back.</para>
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
    /// that node won, and so completed <paramref name="edit"/>. Refused: it was lost, and what this thread began has been seen through,
    /// or the gather owes it. NoMemory: a helper got none; whoever began goes on.
    /// </summary>
    /// <param name="tree">The tree.</param>
    /// <param name="path">Ends at a node whose slot carries no mark.</param>
    /// <param name="edit">The operation to be done in the copy of a terminal node.</param>
    /// <param name="gather">Takes what is unlinked, and has the spare page of one who begins.</param>
    /// <param name="began">Whether this thread begins the freeze, and so holds a spare page (F11), or helps.</param>
    public static MutationStatus Replace(RadixTree tree, ref TreePath path, ref Mutation edit, ref TableGather gather, bool began)
    {
        ulong route = path.Word.FirstKey; // every directory of the path covers it
        Outcome outcome = Once(tree, ref path, ref edit, ref gather, own: began);
        if (outcome == Outcome.NoMemory) return MutationStatus.NoMemory;
        // A helper that lost begins its operation again: what is frozen is to be seen through by the one who began, and plain copies of
        // helpers could keep two writers freezing in turn.
        bool lost = outcome == Outcome.Lost ? began : outcome == Outcome.WonEmpty && Climb(tree, route, ref path, ref gather);
        if (lost && !SeeThrough(tree, route, ref path, ref gather)) gather.Owe(route);
        return outcome == Outcome.Lost ? MutationStatus.Refused : MutationStatus.Applied;
    }

    /// <summary>
    /// Replaces what frozen node is on the way to <paramref name="route"/>, until a terminal node's swing is won or nothing is frozen (F12). False where
    /// memory was refused: then the thread owes it, ends its section, and comes back.
    /// </summary>
    public static bool SeeThrough(RadixTree tree, ulong route, ref TreePath path, ref TableGather gather)
    {
        Mutation none = Mutation.None;
        while (Walk.ToFrozen(tree.Root, route, ref path))
        {
            // The spare page is for the node that this thread began; others' directories take from the reserve.
            bool terminal = !path.Word.IsDirectory;
            Outcome outcome = Once(tree, ref path, ref none, ref gather, own: terminal);
            if (outcome == Outcome.NoMemory) return false;
            if (outcome == Outcome.WonEmpty && Climb(tree, route, ref path, ref gather)) continue;
            if (terminal && outcome != Outcome.Lost) return true;
        }
        return true;
    }

    /// <summary>Replaces the directories that the EMPTY slot at the end of the path leaves empty. True where a swing was lost.</summary>
    private static bool Climb(RadixTree tree, ulong route, ref TreePath path, ref TableGather gather)
    {
        Mutation none = Mutation.None;
        Outcome outcome = Outcome.WonEmpty;
        while (outcome == Outcome.WonEmpty && TryClimb(tree, route, ref path, ref gather))
        {
            outcome = Once(tree, ref path, ref none, ref gather, own: true);
        }
        return outcome == Outcome.Lost;
    }

    // To the directory above, where that looks empty now and memory for its replacement is at hand (F11).
    private static bool TryClimb(RadixTree tree, ulong route, ref TreePath path, ref TableGather gather)
    {
        if (path.IsAtRoot || !path.Parent.LooksEmpty(path.Parent.IndexOf(path.Slot))) return false;
        path.Pop();
        while (path.Word.IsFrozen)
        {
            // The directory above it is being replaced: help (F4), and find the emptied one again.
            Mutation none = Mutation.None;
            path.PopToFrozenHolder();
            if (Once(tree, ref path, ref none, ref gather, own: false) == Outcome.NoMemory) return LeaveStanding(tree.Heap);
            if (!Walk.ToEmptied(tree.Root, route, ref path)) return false;
        }
        return gather.TryHoldSpare() || LeaveStanding(tree.Heap);
    }

    private static bool LeaveStanding(NodeHeap heap)
    {
        heap.CountLeftStanding();
        return false;
    }

    /// <summary>One freeze, copy and swing of the node at the end of the path.</summary>
    private static Outcome Once(RadixTree tree, ref TreePath path, ref Mutation edit, ref TableGather gather, bool own)
    {
        NodeHeap heap = tree.Heap;
        ChildWord old = path.Word;
        if (Interleaving.Enabled && (old.IsEmpty || old.IsFrozen)) throw new InvalidOperationException($"F1: the word to be swung is {old}.");
        Interlocked.Increment(ref heap.Account.Replacements);
        ChildWord successor;
        bool copied;
        if (old.IsDirectory)
        {
            Debug.Assert(edit.Kind == MutationKind.None);
            int children = old.Directory.Freeze(out ChildWord child);
            copied = Fit.TryCopy(heap, old, children, child, path.SlotBits, ref gather, own, out successor);
            if (children == 1)
            {
                // The child itself moves up: after a lost swing there is no copy to free.
                return Swing(ref path, old, successor, ref gather) ? Outcome.Won : Lost(heap);
            }
        }
        else
        {
            int values = old.LeafTable.Freeze();
            copied = Fit.TryCopy(heap, old.LeafTable, values, ref edit, path.SlotBits, ref gather, own, out successor);
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

    private static bool Swing(ref TreePath path, ChildWord old, ChildWord successor, ref TableGather gather)
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
            edit.GetIndexes(replaced.FirstKey, out int from, out int to);
            for (int i = from; i <= to; i++) RadixTree.Removed(ref edit, replaced.Slots[i], ref gather);
        }
        else
        {
            edit.OldWord = ValueWord.Unfrozen(replaced.Slots[LeafTable.Index(edit.Key)]);
            tree.Changed(ref edit, ref gather);
        }
    }
}
