using Alloc.Rcu;

namespace Alloc.PageTable;

/// <remarks>
/// Range removal empties each node in place, then swings it away; each terminal node has a section of its own, so no section grows with
/// the range. Not atomic across keys; a helper may finish a half-emptied node, and then the removal goes on from the key it had reached.
/// </remarks>
internal sealed unsafe partial class RadixTree
{
    /// <summary>Leaf tables that <see cref="Trim"/> looks at in one section.</summary>
    private const int NodesPerTrimSection = 128;

    /// <summary>Removes every key of the range that is present throughout; each value removed is counted by the one thread that removed it.</summary>
    public MutationStatus RemoveRange(ulong first, ulong last, ref TableGather gather, out long removed)
    {
        var range = new Mutation { Kind = MutationKind.RemoveRange, Key = first, LastKey = last };
        ulong at = first;
        MutationStatus status = MutationStatus.Applied;
        SpinWait noMemory = default;
        bool more = true;
        while (more)
        {
            using (Heap.Domain.Enter())
            {
                long before = range.Removed;
                var walk = new OrderedWalk(Root, last);
                if (!walk.MoveToTerminal(at))
                {
                    if (walk.IsDisposed) status = MutationStatus.Disposed;
                    more = false;
                }
                else
                {
                    status = TryRemoveFromTerminal(ref walk.Path, ref range, ref gather);
                    if (status == MutationStatus.Applied)
                    {
                        ulong end = Geometry.LastOfBlock(walk.FirstKey, Geometry.BitsPerTable);
                        more = end < last;
                        at = end + 1;
                    }
                }
                _count.Add(before - range.Removed);
            }
            gather.FlushIfFull();
            if (gather.Owes(out _)) Settle(ref gather);
            if (status == MutationStatus.NoMemory) noMemory.SpinOnce(); // whoever began the freeze holds memory for it (F11)
        }
        removed = range.Removed;
        return status == MutationStatus.Disposed ? status : MutationStatus.Applied;
    }

    /// <summary>Gives up what stands without need: leaf tables left empty, directories left with at most one child. Bounded sections.</summary>
    public void Trim(ref TableGather gather)
    {
        if (!Unlinks) return;
        ulong at = 0;
        bool more = true;
        while (more)
        {
            using (Heap.Domain.Enter())
            {
                var walk = new OrderedWalk(Root, ulong.MaxValue);
                more = walk.MoveToShrinkable(at, NodesPerTrimSection, out bool found, out ulong next);
                ulong first = found ? walk.FirstKey : 0;
                bool shrunk = found && (walk.Path.Word.IsFrozen
                    ? HelpHolder(ref walk.Path, ref gather) != MutationStatus.NoMemory
                    : TryUnlink(ref walk.Path, ref gather));
                // Look again where something was done; otherwise go on behind it.
                at = shrunk ? first : next;
                more &= shrunk || next != 0;
            }
            gather.FlushIfFull();
            if (gather.Owes(out _)) Settle(ref gather);
        }
    }

    // Applied: nothing of the range is left in the node. Otherwise another thread is at it, and the walk begins again.
    private MutationStatus TryRemoveFromTerminal(ref TreePath path, ref Mutation range, ref TableGather gather)
    {
        LeafTable leaf = path.Word.LeafTable;
        ulong first = leaf.FirstKey;
        range.GetIndexes(first, out int from, out int to);
        bool whole = Unlinks && from == 0 && to == Geometry.SlotsPerTable - 1;
        bool any = false;
        // A node that lies wholly inside is frozen in the same pass, from the first word on (F1). Its successor is EMPTY whatever
        // others froze in it, so no memory is needed for it (F11).
        ulong successor = whole ? ValueWord.FrozenAbsent : ValueWord.Absent;
        for (int i = from; i <= to; i++)
        {
            while (true)
            {
                SharedWord slot = leaf[i];
                ulong word = slot.Read();
                if (word == successor || word == ValueWord.FrozenAbsent) break;
                // Somebody else froze a value: drop it in the copy (F3).
                if (ValueWord.IsFrozen(word)) return TryReplaceTerminal(ref path, ref range, ref gather, began: false);
                if (!slot.TryChange(word, successor)) continue;
                any = true;
                Removed(ref range, word, ref gather);
                break;
            }
        }
        if (whole) return TryReplaceTerminal(ref path, ref range, ref gather, began: true);
        if (any && Unlinks && leaf.LooksEmpty(from)) UnlinkEmptied(first + (uint)from, ref gather);
        return MutationStatus.Applied;
    }

    private MutationStatus TryReplaceTerminal(ref TreePath path, ref Mutation range, ref TableGather gather, bool began)
    {
        if (!path.Word.IsFrozen) return Replacement.Replace(this, ref path, ref range, ref gather, began);
        // F4: the slot is its directory's to change; help that, then walk again.
        MutationStatus helped = HelpHolder(ref path, ref gather);
        return helped == MutationStatus.Applied ? MutationStatus.Refused : helped;
    }
}
