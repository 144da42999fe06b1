using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

/// <summary>One thread's handle on a <see cref="RcuDomain"/>: the cheapest way into read sections and to defer frees.</summary>
/// <remarks>
/// Belongs to the thread that registered it; only that thread may use it (validation mode checks). All handles of a thread on one domain, and
/// <see cref="RcuDomain.Enter"/>, share one slot, so their sections nest in each other. Sections need no allocation, lock or fence.
/// </remarks>
public sealed unsafe class RcuReader : IDisposable
{
    private readonly DeferQueue _deferrals;
    private ReaderSlot* _slot;

    internal RcuReader(ThreadRecord record)
    {
        Record = record;
        Domain = record.Domain;
        _deferrals = Domain.Deferrals;
        _slot = record.Slot;
    }

    /// <summary>The domain that this handle reads in.</summary>
    public RcuDomain Domain { get; }

    internal ThreadRecord Record { get; }

    internal ReaderSlot* Slot => _slot;

    internal DeferQueue Deferrals => _deferrals;

    /// <summary>Whether the owning thread is inside a section of <see cref="Domain"/>, through whichever handle.</summary>
    public bool IsInSection
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _slot != null && _slot->Own != ReaderSlot.Quiescent;
    }

    /// <summary>Begins a section that may lie inside another one. Wait-free, about a nanosecond.</summary>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadSection Enter()
    {
        ReaderSlot* slot = _slot;
        if (slot == null) ThrowDisposed();
        if (Validation.Enabled) return new ReadSection(this, slot, Record.Ledger!.Enter(slot, outermost: false));
        ulong previous = slot->Own;
        ulong epoch = SharedWord.Read(&slot->Domain->Epoch);
        slot->Announce(previous != ReaderSlot.Quiescent ? previous : epoch);
        return new ReadSection(this, slot, previous);
    }

    /// <summary>
    /// Begins a section that lies inside no other section of this thread and domain: cheaper than <see cref="Enter"/>, and unchecked. Its end
    /// would end an outer section too. Sections entered by <see cref="Enter"/> may lie inside it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    /// <exception cref="InvalidOperationException">Validation mode only: the thread is inside a section of this domain.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadSection EnterOutermost()
    {
        ReaderSlot* slot = _slot;
        if (slot == null) ThrowDisposed();
        if (Validation.Enabled) return new ReadSection(this, slot, Record.Ledger!.Enter(slot, outermost: true));
        slot->Announce(SharedWord.Read(&slot->Domain->Epoch));
        return new ReadSection(this, slot, ReaderSlot.Quiescent);
    }

    /// <summary>Calls <paramref name="callback"/> with <paramref name="head"/> after a grace period. As <c>Defer</c> of <see cref="RcuDomain"/>, which says more.</summary>
    /// <param name="head">A zeroed head inside the object to be freed.</param>
    /// <param name="callback">Called once, on any thread, outside any section of the domain.</param>
    /// <param name="bytes">The memory that waits with this head, for the domain's watermarks and limits.</param>
    /// <exception cref="ArgumentNullException">A pointer is null.</exception>
    /// <exception cref="InvalidOperationException">The head is queued already, or was not zeroed.</exception>
    /// <exception cref="ObjectDisposedException">The handle or the domain was disposed.</exception>
    public void Defer(RcuHead* head, delegate*<RcuHead*, void> callback, nuint bytes = 0)
    {
        ReaderSlot* slot = _slot;
        if (slot == null) ThrowDisposed();
        if (Validation.Enabled) Record.ThrowIfNotOwner();
        _deferrals.Defer(slot, head, callback, bytes);
    }

    /// <summary>Lets go of what the thread read in its open section and goes on as one that begins now. Outside a section it does nothing.</summary>
    /// <remarks>No pointer from before, of any section of this thread and domain, may be used any more. <see cref="ReadSection.Refresh"/> checks more.</remarks>
    public void Refresh()
    {
        if (!IsInSection) return;
        _slot->Announce(SharedWord.Read(&_slot->Domain->Epoch));
    }

    /// <summary>
    /// Steps out of whatever section the thread is in, until the result is disposed, so that the thread may block without delaying frees; hands over
    /// what it deferred. Pointers from before must not be used afterwards.
    /// </summary>
    public QuiescentScope Quiesce()
    {
        ReaderSlot* slot = _slot;
        if (slot == null) ThrowDisposed();
        if (Validation.Enabled) Record.ThrowIfNotOwner();
        Domain.Deferrals.Flush(slot);
        bool inside = slot->Own != ReaderSlot.Quiescent;
        if (inside) slot->Leave(ReaderSlot.Quiescent);
        return new QuiescentScope(this, inside ? slot : null);
    }

    /// <summary>Ends the use of this handle and hands over what it deferred. Sections that are open stay open. Idempotent.</summary>
    public void Dispose()
    {
        ReaderSlot* slot = _slot;
        if (slot == null) return;
        if (Validation.Enabled) Record.ThrowIfNotOwner();
        _slot = null;
        if (!Domain.IsDisposed) Domain.Deferrals.Flush(slot);
    }

    private static void ThrowDisposed() => throw new ObjectDisposedException(nameof(RcuReader));
}

/// <summary>The time that a thread spends out of its section (<see cref="RcuReader.Quiesce"/>). Disposing it steps back in.</summary>
public readonly unsafe ref struct QuiescentScope
{
    private readonly RcuReader? _reader;
    private readonly ReaderSlot* _slot;

    internal QuiescentScope(RcuReader reader, ReaderSlot* slot)
    {
        _reader = reader;
        _slot = slot;
    }

    /// <summary>Goes back into the section, as one that begins now; does nothing if there was none.</summary>
    public void Dispose()
    {
        if (_slot == null) return;
        if (Validation.Enabled && _slot->Own != ReaderSlot.Quiescent)
            throw new InvalidOperationException("A section that began inside a quiescent scope is still open at its end.");
        _slot->Announce(SharedWord.Read(&_slot->Domain->Epoch));
        GC.KeepAlive(_reader);
    }
}
