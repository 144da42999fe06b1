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
        bool more;
        do
        {
            using (Heap.Domain.Enter())
            {
                var walk = new OrderedWalk(Root, last);
                more = walk.MoveToTerminal(at);
                if (!more && walk.IsDisposed)
                {
                    removed = range.Removed;
                    return MutationStatus.Disposed;
                }
                if (more && TryRemoveFromTerminal(ref walk.Path, ref range, ref gather))
                {
                    ulong end = Geometry.LastOfBlock(walk.FirstKey, Geometry.BitsPerTable);
                    more = end < last;
                    at = end + 1;
                }
            }
            gather.FlushIfFull();
        }
        while (more);
        removed = range.Removed;
        _count.Add(-removed);
        return MutationStatus.Applied;
    }

    /// <summary>Gives up what stands without need: leaf tables left empty, directories left with at most one child. Bounded sections.</summary>
    public void Trim(ref TableGather gather)
    {
        if (!Unlinks) return;
        ulong at = 0;
        while (true)
        {
            using (Heap.Domain.Enter())
            {
                var walk = new OrderedWalk(Root, ulong.MaxValue);
                if (!walk.MoveToShrinkable(at)) return;
                bool directory = walk.Path.Word.IsDirectory;
                ulong first = walk.FirstKey;
                if (walk.Path.Word.IsFrozen) walk.Path.Pop(); // F4: the directory that holds it is replaced first
                bool done = TryUnlink(ref walk.Path, ref gather);
                // What moved up may collapse further; where nothing was done, go on behind it.
                ulong behind = directory ? first + 1 : Geometry.LastOfBlock(first, Geometry.BitsPerTable) + 1;
                if (!done && behind == 0) return;
                at = done ? first : behind;
            }
            gather.FlushIfFull();
        }
    }

    // True where nothing of the range is left in the node; false where another thread is replacing it, and the walk begins again.
    private bool TryRemoveFromTerminal(ref Path path, ref Mutation range, ref TableGather gather)
    {
        LeafTable leaf = path.Word.LeafTable;
        ulong first = leaf.FirstKey;
        int from = range.Key <= first ? 0 : LeafTable.Index(range.Key);
        int to = range.LastKey >= leaf.LastKey ? Geometry.SlotsPerTable - 1 : LeafTable.Index(range.LastKey);
        bool whole = Unlinks && from == 0 && to == Geometry.SlotsPerTable - 1;
        bool any = false;
        // A node that lies wholly inside is frozen in the same pass; from the first word on (F1). Its successor is EMPTY whatever
        // others froze in it, so no memory is needed for it (F11).
        ulong successor = whole ? ValueWord.FrozenAbsent : ValueWord.Absent;
        for (int i = from; i <= to; i++)
        {
            while (true)
            {
                SharedWord slot = leaf[i];
                ulong word = slot.Read();
                if (ValueWord.IsFrozen(word) || word == successor)
                {
                    if (word == ValueWord.Absent || word == ValueWord.FrozenAbsent) break;
                    // Somebody else froze a value: drop it in the copy (F3).
                    return TryReplaceTerminal(ref path, ref range, ref gather);
                }
                if (!slot.TryChange(word, successor)) continue;
                any = true;
                Removed(ref range, word, ref gather);
                break;
            }
        }
        if (whole) return TryReplaceTerminal(ref path, ref range, ref gather);
        if (any && Unlinks && leaf.LooksEmpty(from) && !path.Word.IsFrozen) TryUnlink(ref path, ref gather);
        return true;
    }

    private bool TryReplaceTerminal(ref Path path, ref Mutation range, ref TableGather gather)
    {
        if (path.Word.IsFrozen)
        {
            // F4: the slot is its directory's to change; help that, then walk again.
            path.Pop();
            Mutation none = Mutation.None;
            Help(ref path, ref none, ref gather);
            return false;
        }
        return Replacement.Replace(this, ref path, ref range, ref gather) == MutationStatus.Applied;
    }
}
