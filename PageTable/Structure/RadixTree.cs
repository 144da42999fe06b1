using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>The tree of value words, whatever the value type: in-place changes here, changes of structure in <see cref="Replacement"/>
/// and <see cref="SplitAbove"/>.</summary>
/// <remarks>
/// Every method that takes a gather runs inside a section of the caller's, which ends before the gather is flushed.
/// <para>A change of a value is one compare-and-swap of its word. It succeeds only on a word that is not frozen, so its node was linked
/// and every later copy contains it (F5).</para>
/// </remarks>
internal sealed unsafe partial class RadixTree
{
    // The root word has a cache line of its own, in an array that the collector never moves and that lives as long as the tree.
    private readonly ulong[] _line = GC.AllocateUninitializedArray<ulong>(2 * Geometry.WordsPerLine - 1, pinned: true);
    private EntryCounter _count;

    public readonly SharedWord Root;
    public readonly NodeHeap Heap;

    public RadixTree(NodeHeap heap)
    {
        Heap = heap;
        Array.Clear(_line);
        nuint line = ((nuint)Unsafe.AsPointer(ref _line[0]) + 63) & ~(nuint)63;
        Root = new SharedWord((ulong*)line);
    }

    public bool IsDisposed => Root.Read() == ChildWord.Disposed.Bits;

    public long Count => Math.Max(0, _count.Value);

    /// <summary>Whether emptied nodes leave the tree (<see cref="ReclaimMode"/>).</summary>
    private bool Unlinks => Heap.Mode != ReclaimMode.None;

    public MutationStatus Apply(ref Mutation m, ref TableGather gather)
    {
        ulong* place = Lookup.FindPlace(Root, m.Key, out ChildWord node);
        var slot = new SharedWord(place);
        MutationStatus status;
        if (place != null) return TryInPlace(node, slot, ref m, ref gather, out status) ? status : ApplySlow(ref m, ref gather);
        if (!m.Inserts)
        {
            m.OldWord = ValueWord.Absent;
            return IsDisposed ? MutationStatus.Disposed : MutationStatus.Refused;
        }
        // A free lane of a bucket needs no path.
        return node.IsBucket && !Bucket.IsReserved(m.Key) && node.Bucket.TryClaim(m.Key, out slot) == Claim.Found
            && TryInPlace(node, slot, ref m, ref gather, out status)
            ? status
            : ApplySlow(ref m, ref gather);
    }

    /// <summary>True where the word answered: changed by one compare-and-swap, or refused by the condition, on frozen content too (F3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryInPlace(ChildWord node, SharedWord slot, ref Mutation m, ref TableGather gather, out MutationStatus status)
    {
        while (true)
        {
            ulong word = slot.Read();
            m.OldWord = ValueWord.Unfrozen(word);
            if (!m.Accepts(m.OldWord))
            {
                status = MutationStatus.Refused;
                return true;
            }
            if (ValueWord.IsFrozen(word))
            {
                status = default;
                return false;
            }
            if (!slot.TryChange(word, m.Replacement)) continue;
            Changed(ref m, ref gather);
            if (m.Replacement == ValueWord.Absent && Unlinks && Terminal.LooksEmpty(node, slot)) UnlinkEmptied(m.Key, ref gather);
            status = MutationStatus.Applied;
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MutationStatus ApplySlow(ref Mutation m, ref TableGather gather)
    {
        TreePath path = default;
        bool mayWiden = true;
        while (true)
        {
            MutationStatus status;
            switch (Walk.To(Root, m.Key, ref path))
            {
                case WalkEnd.Terminal:
                    status = ApplyAtTerminal(ref path, ref m, ref gather, ref mayWiden);
                    break;

                case WalkEnd.FrozenSlot:
                    // Whatever became of that directory, the operation is still to do.
                    if (HelpHolder(ref path, ref gather) == MutationStatus.NoMemory) return MutationStatus.NoMemory;
                    continue;

                case WalkEnd.Disposed:
                    return MutationStatus.Disposed;

                case WalkEnd.EmptySlot or WalkEnd.Mismatch when !m.Inserts:
                    m.OldWord = ValueWord.Absent;
                    return MutationStatus.Refused;

                case WalkEnd.EmptySlot:
                    status = TryPutTerminal(ref path, ref m);
                    if (status == MutationStatus.Applied) Inserted(ref m, ref gather);
                    break;

                default:
                    status = SplitAbove.TryOnce(this, ref path, ref m);
                    if (status == MutationStatus.Applied) Inserted(ref m, ref gather);
                    break;
            }
            if (status != MutationStatus.Retry) return status;
        }
    }

    private MutationStatus ApplyAtTerminal(ref TreePath path, ref Mutation m, ref TableGather gather, ref bool mayWiden)
    {
        ChildWord node = path.Word;
        switch (Terminal.TryClaim(node, m.Key, m.Inserts, out SharedWord slot))
        {
            case Claim.Absent:
                m.OldWord = ValueWord.Absent;
                return MutationStatus.Refused;

            case Claim.Found:
                return TryInPlace(node, slot, ref m, ref gather, out MutationStatus status) ? status : Help(ref path, ref m, ref gather);

            case Claim.Frozen:
                return Help(ref path, ref m, ref gather);

            default:
                // It is this thread's to begin: memory before the first mark (F11).
                if (!gather.TryHoldSpareWithinLimits()) return MutationStatus.NoMemory;
                if (mayWiden && !Bucket.IsReserved(m.Key) && Widening.LooksWorthwhile(path))
                {
                    mayWiden = false;
                    if (TryWiden(ref path, ref gather)) return MutationStatus.Retry;
                }
                return Replacement.Replace(this, ref path, ref m, ref gather, began: true);
        }
    }

    // The directory above the bucket at the end of the path. None of the path's words carries the mark, or the walk had ended there. False where memory for it was
    // refused: then nothing was begun.
    private bool TryWiden(ref TreePath path, ref TableGather gather)
    {
        if (!gather.TryHoldSparesWithinLimits(1 + (1 << path.Parent.BitsDecided))) return false;
        path.Pop();
        if (FamilyReplacement.TryReplace<Widening>(this, ref path, ref gather)) Interlocked.Increment(ref Heap.Account.Widenings);
        gather.ReleaseSpares();
        return true;
    }

    /// <summary>
    /// Sees through what this thread froze and could not replace for want of memory (F12): outside the section in which that was, so that
    /// grace periods may bring memory back.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Settle(ref TableGather gather)
    {
        SteadyWait wait = default;
        while (gather.Owes)
        {
            gather.Flush();
            wait.Once();
            using ReadSection section = Heap.Domain.Enter();
            gather.GetOwed(out ulong first, out ulong last);
            if (Replacement.SeeThrough(this, first, last, ref gather)) gather.Settled();
        }
    }

    /// <summary>Replaces a node that somebody else began to freeze (F4), with this thread's operation in the copy.</summary>
    private MutationStatus Help(ref TreePath path, ref Mutation m, ref TableGather gather)
    {
        return Replacement.Replace(this, ref path, ref m, ref gather, began: false);
    }

    /// <summary>Replaces the directory that holds the path's first frozen slot, or sees it replaced; afterwards the walk begins again.</summary>
    private MutationStatus HelpHolder(ref TreePath path, ref TableGather gather)
    {
        path.PopToFrozenHolder();
        if (Widening.Await(path)) return MutationStatus.Applied;
        Mutation none = Mutation.None;
        return Help(ref path, ref none, ref gather);
    }

    private MutationStatus TryPutTerminal(ref TreePath path, ref Mutation insert)
    {
        if (!NodeBuilder.TryBuildFirst(Heap, insert.Key, insert.NewWord, path.SlotBits, Fit.IsDenseBeside(path), out ChildWord word)) return MutationStatus.NoMemory;
        if (path.Slot.TryChange(ChildWord.Empty.Bits, word.Bits)) return MutationStatus.Applied;
        Heap.FreePrivate(word);
        return MutationStatus.Retry;
    }

    /// <summary>Takes the terminal node of <paramref name="key"/> off the tree if it is empty once frozen.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void UnlinkEmptied(ulong key, ref TableGather gather)
    {
        TreePath path = default;
        while (true)
        {
            switch (Walk.To(Root, key, ref path))
            {
                case WalkEnd.FrozenSlot:
                    // Who is at it replaces the directory, whose copy names the emptied node again: help, then come back for the node.
                    if (HelpHolder(ref path, ref gather) != MutationStatus.NoMemory) continue;
                    Heap.CountLeftStanding();
                    return;

                case WalkEnd.Terminal when Terminal.LooksEmpty(path.Word):
                    TryReplace(ref path, Mutation.None, ref gather);
                    return;

                default:
                    return; // somebody was faster
            }
        }
    }

    /// <summary>Begins a replacement: memory before the first mark, or the node is left standing (F11).</summary>
    private bool TryReplace(ref TreePath path, Mutation copy, ref TableGather gather)
    {
        if (!TryBegin(ref gather)) return false;
        return Replacement.Replace(this, ref path, ref copy, ref gather, began: true) == MutationStatus.Applied;
    }

    private bool TryBegin(ref TableGather gather)
    {
        if (gather.TryHoldSpare()) return true;
        Heap.CountLeftStanding();
        return false;
    }

    private void Inserted(ref Mutation m, ref TableGather gather)
    {
        m.OldWord = ValueWord.Absent;
        _count.Add(gather.ReaderId, 1);
    }

    /// <summary>Accounts for a change that this thread's compare-and-swap has made: the count, and the cell that went.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Changed(ref Mutation m, ref TableGather gather)
    {
        if (m.OldWord == ValueWord.Absent) _count.Add(gather.ReaderId, 1);
        else
        {
            if (m.Replacement == ValueWord.Absent) _count.Add(gather.ReaderId, -1);
            if (ValueWord.IsCell(m.OldWord)) gather.Add(ValueWord.Cell(m.OldWord));
        }
    }

    /// <summary>Accounts for one word of a range removal; absent ones do not count.</summary>
    public static void Removed(ref Mutation range, ulong word, ref TableGather gather)
    {
        if (ValueWord.IsAbsent(word)) return;
        range.Removed++;
        if (ValueWord.IsCell(word)) gather.Add(ValueWord.Cell(word));
    }
}
