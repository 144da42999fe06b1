using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

// The way of a head from who defers it to who calls it back: a list of the thread's own, pushed as a whole (a chain) on the domain's stack when it
// is long enough, taken by the reclaimer with one exchange. What an idle thread has not pushed is stolen.
//
//   guarantee  Every head that was deferred is taken exactly once.
//   progress   Deferring is lock-free: the own list takes plain stores only; while a theft is under way a head goes on the stack by CAS instead.
//   argument   Q1 The own list is touched by its owner while Busy = 1, and by the one thief (he holds the reclaimer) after he has seen Busy = 0
//                 behind fence F. Owner: "Busy = 1; fence E; is Stealing 0?". Thief: "Stealing = 1; fence F (heavy); is Busy 0?".
//                 At least one sees the other's store (AsymmetricFence): the owner turns away, or the thief waits.
//              Q2 Busy = 0 is a release, seen by the thief's acquire: he finds the list whole. Stealing = 0 likewise for the owner.
//              Q3 Chains are only pushed and taken all at once, so the stack knows no ABA.
//              Q4 Nobody sleeps over a head: owner "First = head; fence G; is Watched 0? then wake", watcher "Watched = 0; fence H (heavy); any
//                 First, chain or pending head? then stay awake". Again one of the two sees the other. (Models: reclaimer_wakeup.pml, defer_queue.pml.)
internal sealed unsafe class DeferQueue(RcuDomain domain)
{
    /// <summary>A list is pushed when it has this many heads,</summary>
    public const int ChainHeads = 512;

    /// <summary>or this many bytes wait with it.</summary>
    public const long ChainBytes = 64 * 1024;

    // The same as masks of HeldTotal: some bit above the limit is set, since both limits are powers of two.
    private const ulong FullMask = ~(ChainBytes - 1UL) & ~((ChainHeads - 1UL) << 48);

    private const ulong TheftBit = 1, ClosedBit = 2;

    private readonly DomainWords* _words = domain.Words;

    public long PendingBytes => SharedWord.Read(in _words->PendingBytes);

    public long PendingCount => SharedWord.Read(in _words->PendingCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Defer(ReaderSlot* slot, RcuHead* head, delegate*<RcuHead*, void> callback, nuint bytes)
    {
        if (Validation.Enabled) RcuHead.ThrowIfWide(head);
        if (head == null || callback == null || head->IsQueued) ThrowBadHead(head, callback);
        uint code = SizeCode.Encode(bytes);
        SharedWord.Write(&slot->Busy, 1);
        AsymmetricFence.Light(); // fence E: matches fence F
        if (SharedWord.Read(&slot->Domain->Stealing) != 0)
        {
            DeferSharedSlow(slot, head, callback, code);
            return;
        }
        RcuHead* next = slot->First;
        head->Queue(callback, code, next);
        slot->First = head;
        ulong held = slot->Held.Word + HeldTotal.One(SizeCode.Decode(code));
        slot->Held.Word = held;
        if (next == null) slot->Last = head;
        SharedWord.Write(&slot->Busy, 0);
        if (next == null || (held & FullMask) != 0) AfterDeferSlow(slot);
    }

    /// <summary>Hands over what the calling thread has deferred.</summary>
    public void Flush(ReaderSlot* slot)
    {
        if (slot->First != null) FlushSlow(slot);
    }

    /// <summary>Hands over a dead thread's list. The registry is locked, so there is no other heir.</summary>
    public void Adopt(ReaderSlot* slot)
    {
        PushOwn(slot);
        WakeIfUnwatched(slot);
    }

    /// <summary>All chains pushed so far, as one list; null when there are none.</summary>
    public RcuHead* TakePushed() => SharedWord.Read(&_words->Pushed) == 0 ? null : (RcuHead*)SharedWord.Exchange(ref _words->Pushed, 0);

    /// <summary>Whether some thread holds back a list. A glance, exact only behind fence H.</summary>
    public bool AnyHeldBack()
    {
        foreach (var chunk in domain.Registry.Chunks)
            for (int i = 0; i < chunk.Count; i++)
                if (SharedWord.Read((ulong*)&chunk.First[i].First) != 0) return true;
        return false;
    }

    /// <summary>What threads hold back, at a glance.</summary>
    public (long Count, long Bytes) HeldBack()
    {
        long count = 0, bytes = 0;
        foreach (var chunk in domain.Registry.Chunks)
        {
            for (int i = 0; i < chunk.Count; i++)
            {
                var held = new HeldTotal { Word = SharedWord.Read(&chunk.First[i].Held.Word) };
                count += held.Count;
                bytes += held.Bytes;
            }
        }
        return (count, bytes);
    }

    public bool AnyPushed => SharedWord.Read(&_words->Pushed) != 0;

    /// <summary>Takes the lists of all threads. The caller holds the reclaimer.</summary>
    /// <returns>False if a thread was in the middle of a defer and, unless <paramref name="thorough"/>, its list was left.</returns>
    public bool Steal(bool thorough)
    {
        ulong closed = SharedWord.Read(&_words->Stealing) & ClosedBit;
        SharedWord.Write(&_words->Stealing, closed | TheftBit);
        if (!Faults.Is(SeededFault.RudeThief)) AsymmetricFence.Heavy(); // fence F: matches fence E
        bool all = true;
        foreach (var chunk in domain.Registry.Chunks)
        {
            for (ReaderSlot* slot = chunk.First, end = slot + chunk.Count; slot < end; slot++)
            {
                if (AwaitNotBusy(slot, thorough)) TakeOwn(slot);
                else all = false;
            }
        }
        SharedWord.Write(&_words->Stealing, closed);
        return all;
    }

    /// <summary>From now on nothing can be deferred. The caller holds the reclaimer and steals afterwards.</summary>
    public void Close() => SharedWord.Write(&_words->Stealing, ClosedBit);

    /// <summary>Accounts for heads whose callbacks were called.</summary>
    public void Settle(long count, long bytes)
    {
        SharedWord.Add(ref _words->PendingCount, -count);
        if (bytes != 0) SharedWord.Add(ref _words->PendingBytes, -bytes);
    }

    private static bool AwaitNotBusy(ReaderSlot* slot, bool thorough)
    {
        for (int i = 0; SharedWord.Read(&slot->Busy) != 0 && !Faults.Is(SeededFault.RudeThief); i++)
        {
            if (i < 20) Thread.SpinWait(10);
            else if (!thorough) return false;
            else if (i < 200) Thread.Yield();
            else SteadyLock.Pause(milliseconds: 1);
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AfterDeferSlow(ReaderSlot* slot)
    {
        if ((slot->Held.Word & FullMask) != 0) FlushSlow(slot);
        else WakeIfUnwatched(slot);
    }

    private void FlushSlow(ReaderSlot* slot)
    {
        SharedWord.Write(&slot->Busy, 1);
        AsymmetricFence.Light(); // fence E
        if (SharedWord.Read(&_words->Stealing) == 0) TakeOwn(slot);
        SharedWord.Write(&slot->Busy, 0);
        WakeIfUnwatched(slot);
        domain.Reclaimer.AfterPush(slot);
    }

    // Empties a list whatever it takes, after a theft that is under way. The owner's, or his heir's.
    private void PushOwn(ReaderSlot* slot)
    {
        while (true)
        {
            SharedWord.Write(&slot->Busy, 1);
            AsymmetricFence.Light(); // fence E
            bool theft = (SharedWord.Read(&_words->Stealing) & TheftBit) != 0;
            if (!theft) TakeOwn(slot);
            SharedWord.Write(&slot->Busy, 0);
            if (!theft) return;
            Thread.Yield();
        }
    }

    // Empties an own list into the stack. Called by the owner while busy, or by the thief.
    private void TakeOwn(ReaderSlot* slot)
    {
        RcuHead* first = slot->First;
        if (first == null) return;
        RcuHead* last = slot->Last;
        var held = slot->Held;
        Push(first, last, held.Count, held.Bytes);
        // After the push: who finds the list empty finds the chain (Q4), and who finds nothing held back finds it counted.
        slot->Last = null;
        SharedWord.Write(&slot->Held.Word, 0);
        SharedWord.Write((ulong*)&slot->First, 0);
    }

    private void Push(RcuHead* first, RcuHead* last, long count, long bytes)
    {
        // Counted before it can be taken, so that the counters never go below zero.
        SharedWord.Add(ref _words->PendingCount, count);
        if (bytes != 0) SharedWord.Add(ref _words->PendingBytes, bytes);
        ulong top;
        do
        {
            top = SharedWord.Read(&_words->Pushed);
            last->SetNext((RcuHead*)top);
        }
        while (!SharedWord.TrySwap(ref _words->Pushed, top, (ulong)first));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DeferSharedSlow(ReaderSlot* slot, RcuHead* head, delegate*<RcuHead*, void> callback, uint code)
    {
        SharedWord.Write(&slot->Busy, 0);
        ObjectDisposedException.ThrowIf((SharedWord.Read(&_words->Stealing) & ClosedBit) != 0, domain);
        head->Queue(callback, code, null);
        Push(head, head, 1, SizeCode.Decode(code));
        WakeIfUnwatched(slot);
        domain.Reclaimer.AfterPush(slot);
    }

    private void WakeIfUnwatched(ReaderSlot* slot)
    {
        AsymmetricFence.Light(); // fence G: matches fence H
        if (SharedWord.Read(&_words->Watched) != 0 || domain.Watcher.WakeSlow()) return;
        // No thread to be had. Only who defers into an empty list asks for one, so it is emptied: the next head asks again.
        PushOwn(slot);
    }

    private static void ThrowBadHead(RcuHead* head, delegate*<RcuHead*, void> callback)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(callback);
        throw new InvalidOperationException("The head is queued already, or was not zeroed before its first use.");
    }
}
