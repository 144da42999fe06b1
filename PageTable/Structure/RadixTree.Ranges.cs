using Alloc.Rcu;

namespace Alloc.PageTable;

/// <remarks>
/// Range removal empties each node in place, then swings it away; each terminal node has a section of its own, so no section grows with
/// the range. Not atomic across keys; a helper may finish a half-emptied node, and then the removal goes on from the key it had reached.
/// </remarks>
internal sealed unsafe partial class RadixTree
{
    /// <summary>Removes every key of the range that is present throughout; each value removed is counted by the one thread that removed it.</summary>
    public MutationStatus RemoveRange(ulong first, ulong last, ref TableGather gather, out long removed)
    {
        var range = new Mutation { Kind = MutationKind.RemoveRange, Key = first, LastKey = last };
        ulong at = first;
        MutationStatus status = MutationStatus.Applied;
        SteadyWait noMemory = default;
        bool more = true;
        while (more)
        {
            using (ReadSection section = Heap.Domain.Enter())
            {
                gather.ReaderId = section.ReaderId;
                long before = range.Removed;
                var walk = new OrderedWalk(Root);
                more = walk.MoveTo(at, isUp: true) && walk.FirstKey <= last;
                if (walk.IsDisposed) status = MutationStatus.Disposed;
                if (more)
                {
                    ulong end = walk.LastKey; // a replacement leads the path elsewhere
                    status = TryRemoveFromTerminal(ref walk, ref range, ref gather);
                    if (status == MutationStatus.Applied)
                    {
                        more = end < last;
                        at = end + 1;
                    }
                }
                _count.Add(gather.ReaderId, before - range.Removed);
            }
            gather.FlushIfFull();
            if (gather.Owes) Settle(ref gather);
            if (status == MutationStatus.NoMemory) noMemory.Once(); // whoever began the freeze holds memory for it (F11)
        }
        removed = range.Removed;
        return status == MutationStatus.Disposed ? status : MutationStatus.Applied;
    }

    // Applied: nothing of the range is left in the node. Otherwise another thread is at it, and the walk begins again.
    private MutationStatus TryRemoveFromTerminal(ref OrderedWalk walk, ref Mutation range, ref TableGather gather)
    {
        ChildWord node = walk.Node;
        // A node that lies wholly inside is frozen in the same pass, from the first word on (F1). Its successor is EMPTY whatever
        // others froze in it, so no memory is needed for it (F11).
        bool whole = Unlinks && range.Key <= walk.FirstKey && walk.LastKey <= range.LastKey;
        bool any = false;
        bool ended = node.IsBucket
            ? TryEmpty(node.Bucket, whole, ref range, ref gather, ref any)
            : TryEmpty(Terminal.Window(node), whole, ref range, ref gather, ref any);
        // Somebody else froze a value: drop it in the copy (F3).
        if (!ended) return TryReplaceTerminal(ref walk.Path, ref range, ref gather, began: false);
        if (whole) return TryReplaceTerminal(ref walk.Path, ref range, ref gather, began: true);
        if (any && Unlinks && Terminal.LooksEmpty(node)) UnlinkEmptied(walk.FirstKey, ref gather);
        return MutationStatus.Applied;
    }

    private static bool TryEmpty(Window window, bool whole, ref Mutation range, ref TableGather gather, ref bool any)
    {
        window.Clip(range.Key, range.LastKey, out int from, out int to);
        for (int i = from; i <= to; i++)
        {
            if (!TryEmpty(window[i], whole, ref range, ref gather, ref any)) return false;
        }
        return true;
    }

    private static bool TryEmpty(Bucket bucket, bool whole, ref Mutation range, ref TableGather gather, ref bool any)
    {
        for (int lane = Bucket.FirstLane; lane < bucket.EndLane; lane++)
        {
            ulong key = whole ? bucket.FreezeKey(lane) : bucket.KeyLane(lane).Read();
            if (Bucket.IsReserved(key) || key < range.Key || key > range.LastKey) continue;
            if (!TryEmpty(bucket.ValueLane(lane), whole, ref range, ref gather, ref any)) return false;
        }
        return true;
    }

    // False: the value is frozen.
    private static bool TryEmpty(SharedWord slot, bool whole, ref Mutation range, ref TableGather gather, ref bool any)
    {
        ulong successor = whole ? ValueWord.FrozenAbsent : ValueWord.Absent;
        while (true)
        {
            ulong word = slot.Read();
            if (word == successor || word == ValueWord.FrozenAbsent) return true;
            if (ValueWord.IsFrozen(word)) return false;
            if (!slot.TryChange(word, successor)) continue;
            any = true;
            Removed(ref range, word, ref gather);
            return true;
        }
    }

    private MutationStatus TryReplaceTerminal(ref TreePath path, ref Mutation range, ref TableGather gather, bool began)
    {
        if (!path.Word.IsFrozen) return Replacement.Replace(this, ref path, ref range, ref gather, began);
        // F4: the slot is its directory's to change; help that, then walk again.
        MutationStatus helped = HelpHolder(ref path, ref gather);
        return helped == MutationStatus.Applied ? MutationStatus.Retry : helped;
    }
}
