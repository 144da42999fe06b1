using System.Diagnostics;
using System.Runtime.CompilerServices;
using Alloc.Native;

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
    /// that node won, and so completed <paramref name="edit"/>. Refused: the frozen content answered it. Retry: the swing was lost, and what this thread
    /// began has been seen through, or the gather owes it. NoMemory: a helper got none, and whoever began goes on; or a node larger than the old one was
    /// refused, which a plain copy has followed.
    /// </summary>
    /// <param name="tree">The tree.</param>
    /// <param name="path">Ends at a node whose slot carries no mark.</param>
    /// <param name="edit">The operation to be done in the copy of a terminal node.</param>
    /// <param name="gather">Takes what is unlinked, and has the spare page of one who begins.</param>
    /// <param name="began">Whether this thread begins the freeze, and so holds a spare page (F11), or helps.</param>
    public static MutationStatus Replace(RadixTree tree, ref TreePath path, ref Mutation edit, ref TableGather gather, bool began)
    {
        ulong route = path.Route;
        Outcome outcome = Once(tree, ref path, ref edit, ref gather, own: began, out MutationStatus edited);
        if (outcome == Outcome.NoMemory) return MutationStatus.NoMemory;
        // A helper that lost begins its operation again: what is frozen is to be seen through by the one who began, and plain copies of
        // helpers could keep two writers freezing in turn.
        bool lost = outcome == Outcome.Lost ? began : outcome == Outcome.WonEmpty && Climb(tree, route, ref path, ref gather);
        if (lost && !SeeThrough(tree, route, ref path, ref gather)) gather.Owe(route, route);
        return outcome == Outcome.Lost && edited != MutationStatus.Refused ? MutationStatus.Retry : edited;
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
            Outcome outcome = Once(tree, ref path, ref none, ref gather, own: terminal, out _);
            if (outcome == Outcome.NoMemory) return false;
            if (outcome == Outcome.WonEmpty && Climb(tree, route, ref path, ref gather)) continue;
            if (terminal && outcome != Outcome.Lost) return true;
        }
        return true;
    }

    /// <summary>The same for every node of a range of keys. False where memory was refused: then the thread owes the rest.</summary>
    public static bool SeeThrough(RadixTree tree, ulong first, ulong last, ref TableGather gather)
    {
        TreePath path = default;
        ulong at = first;
        if (!SeeThrough(tree, at, ref path, ref gather))
        {
            gather.Owe(at, last);
            return false;
        }
        while (true)
        {
            var walk = new OrderedWalk(tree.Root);
            if (!walk.MoveTo(at, isUp: true) || walk.FirstKey > last) return true;
            ulong route = Math.Max(at, walk.FirstKey), end = walk.LastKey;
            if (!SeeThrough(tree, route, ref path, ref gather))
            {
                gather.Owe(route, last);
                return false;
            }
            if (end >= last) return true;
            at = end + 1;
        }
    }

    /// <summary>Replaces the directories that the EMPTY slot at the end of the path leaves empty. True where a swing was lost.</summary>
    private static bool Climb(RadixTree tree, ulong route, ref TreePath path, ref TableGather gather)
    {
        Mutation none = Mutation.None;
        Outcome outcome = Outcome.WonEmpty;
        while (outcome == Outcome.WonEmpty && TryClimb(tree, route, ref path, ref gather))
        {
            outcome = Once(tree, ref path, ref none, ref gather, own: true, out _);
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
            if (Once(tree, ref path, ref none, ref gather, own: false, out _) == Outcome.NoMemory) return LeaveStanding(tree.Heap);
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
    private static Outcome Once(
        RadixTree tree, ref TreePath path, ref Mutation edit, ref TableGather gather, bool own, out MutationStatus edited)
    {
        ChildWord old = path.Word;
        if (Interleaving.Enabled && (old.IsEmpty || old.IsFrozen)) throw new InvalidOperationException($"F1: the word to be swung is {old}.");
        Interlocked.Increment(ref tree.Heap.Account.Replacements);
        if (!own) Interlocked.Increment(ref tree.Heap.Account.Helps);
        if (!old.IsDirectory) return TerminalOnce(tree, ref path, ref edit, ref gather, own, out edited);
        Debug.Assert(edit.Kind is MutationKind.None or MutationKind.Shrink);
        edited = MutationStatus.Applied;
        return DirectoryOnce(tree.Heap, ref path, ref gather, own);
    }

    private static Outcome DirectoryOnce(NodeHeap heap, ref TreePath path, ref TableGather gather, bool own)
    {
        ChildWord old = path.Word;
        DirectoryTable directory = old.Directory;
        int children = directory.Freeze(out ChildWord child);
        if (Interleaving.Enabled) Interleaving.Point(Step.Copy, old.Address);
        if (children == 0) return Swing(ref path, old, ChildWord.Empty, ref gather) ? Outcome.WonEmpty : Lost(heap);
        // The child itself moves up: after a lost swing there is no copy to free. A narrow one stays under its parent.
        if (children == 1 && !child.IsNarrow) return Swing(ref path, old, child.MovedTo(path.SlotBits), ref gather) ? Outcome.Won : Lost(heap);

        ChildWord copy;
        if (directory.IsNarrow && NodeBuilder.TryAllocateDirectory(heap, path.Route, old.Shift, directory.BitsDecided, path.SlotBits, out copy))
        {
            directory.CopyFrozenTo(copy.Directory);
        }
        else
        {
            if (!gather.TryTakeForCopy(own, out Page page)) return Outcome.NoMemory;
            var slots = new DirectoryTable((ulong*)page.Address, 0, Geometry.BitsPerTable);
            if (directory.IsNarrow) new Span<ulong>(slots.Origin, Geometry.SlotsPerTable).Clear();
            directory.CopyFrozenTo(slots);
            copy = NodeBuilder.DirectoryOf(heap, slots.Origin, directory.IsNarrow ? path.Route : directory.FirstKey, old.Shift, path.SlotBits);
        }
        if (Swing(ref path, old, copy, ref gather)) return Outcome.Won;
        gather.TakeBack(copy);
        return Lost(heap);
    }

    // Not inlined: its caller would clear the content's memory at every call.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Outcome TerminalOnce(RadixTree tree, ref TreePath path, ref Mutation edit, ref TableGather gather, bool own, out MutationStatus edited)
    {
        NodeHeap heap = tree.Heap;
        ChildWord old = path.Word;
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        Terminal.Freeze(old, ref content);
        if (Interleaving.Enabled) Interleaving.Point(Step.Copy, old.Address);
        edited = edit.Edit(ref content);
        bool grows = edit.Inserts && edited == MutationStatus.Applied;
        Outlook outlook = edit.Kind == MutationKind.Shrink
            ? new Outlook { Compacts = true }
            : new Outlook { Parent = path.IsAtRoot ? default : path.ParentWord, Grows = grows, Key = edit.Key, Predecessor = old, DenseBeside = grows && Fit.IsDenseBeside(path) };
        if (!NodeBuilder.TryBuild(heap, ref content, path.SlotBits, outlook, out ChildWord successor)
            && !TryBuildInPage(heap, ref content, ref edit, path.SlotBits, ref gather, own, ref edited, out successor))
        {
            return Outcome.NoMemory;
        }
        if (!Swing(ref path, old, successor, ref gather))
        {
            gather.TakeBackTree(successor);
            return Lost(heap);
        }
        if (edited == MutationStatus.Applied) Complete(tree, ref content, ref edit, ref gather);
        return successor.IsEmpty ? Outcome.WonEmpty : Outcome.Won;
    }

    /// <summary>
    /// The page that was held before the first mark (F11), or one from the reserve, takes what the frozen node held. Where it cannot take the new entry as well, that
    /// is refused for want of memory, and the table is as it was.
    /// </summary>
    private static bool TryBuildInPage(
        NodeHeap heap, ref Content content, ref Mutation edit, int slotBits, ref TableGather gather, bool own, ref MutationStatus edited, out ChildWord successor)
    {
        successor = ChildWord.Empty;
        if (!gather.TryTakeForCopy(own, out Page page)) return false;
        if (NodeBuilder.TryBuildInPage(heap, ref content, slotBits, page, out successor))
        {
            if (edit.Kind == MutationKind.Shrink) edited = MutationStatus.NoMemory;
            return true;
        }
        Debug.Assert(edit.Inserts && edited == MutationStatus.Applied && edit.OldWord == ValueWord.Absent);
        content.Remove(edit.Key, edit.Key);
        edited = MutationStatus.NoMemory;
        bool fits = NodeBuilder.TryBuildInPage(heap, ref content, slotBits, page, out successor);
        Debug.Assert(fits);
        return true;
    }

    public static bool Swing(ref TreePath path, ChildWord old, ChildWord successor, ref TableGather gather)
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
    private static void Complete(RadixTree tree, ref Content content, ref Mutation edit, ref TableGather gather)
    {
        if (edit.Kind is MutationKind.None or MutationKind.Shrink) return;
        if (edit.Kind != MutationKind.RemoveRange)
        {
            tree.Changed(ref edit, ref gather);
            return;
        }
        for (int i = 0; i < content.RemovedCount; i++) RadixTree.Removed(ref edit, content.RemovedWord(i), ref gather);
    }
}
