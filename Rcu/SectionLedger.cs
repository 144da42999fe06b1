using System.Diagnostics;

namespace Alloc.Rcu;

/// <summary>Validation mode's account of the sections that a thread has open in one domain: every end must name the newest.</summary>
internal sealed unsafe class SectionLedger(Thread owner, bool capturesStacks)
{
    private readonly record struct Entry(ulong Ticket, ulong Previous, StackTrace? Stack);

    private readonly Stack<Entry> _open = new();
    private ulong _tickets;

    public int Depth => _open.Count;

    /// <summary>Where the outermost open section began; null if stacks are not captured. May be read by any thread.</summary>
    public StackTrace? EnterSite { get; private set; }

    public ulong Enter(ReaderSlot* slot, bool outermost)
    {
        ThrowIfNotOwner();
        ulong previous = slot->Own;
        if (outermost && previous != ReaderSlot.Quiescent)
            throw new InvalidOperationException("An outermost section was entered inside another section of its domain.");
        var stack = capturesStacks ? new StackTrace(1, true) : null;
        if (_open.Count == 0) EnterSite = stack;
        _open.Push(new Entry(++_tickets, previous, stack));
        ulong epoch = SharedWord.Read(&slot->Domain->Epoch);
        slot->Announce(previous != ReaderSlot.Quiescent ? previous : epoch);
        return _tickets;
    }

    public void Leave(ReaderSlot* slot, ulong ticket)
    {
        ThrowIfNotOwner();
        if (!_open.TryPeek(out var newest) || newest.Ticket != ticket) ThrowWrongEnd(ticket);
        _open.Pop();
        slot->Leave(newest.Previous);
    }

    public bool IsOutermost(ulong ticket) => _open.Count == 1 && _open.Peek().Ticket == ticket;

    private void ThrowWrongEnd(ulong ticket) => throw new InvalidOperationException(
        _open.Any(entry => entry.Ticket == ticket)
            ? "A read section was ended before one that began later."
            : "A read section was ended twice, through itself or a copy.");

    private void ThrowIfNotOwner()
    {
        if (Thread.CurrentThread != owner)
            throw new InvalidOperationException("A read section is entered or ended by a thread that it does not belong to.");
    }
}
