using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

/// <summary>
/// The proof of being inside a read section: while it lives, nothing that was still linked when it began, and is freed
/// through the same <see cref="RcuDomain"/>, is freed.
/// </summary>
/// <remarks>
/// Belongs to the thread that entered it. Sections of one domain end in the reverse order of their beginning, each exactly
/// once; <c>using</c> does that. A copy that is disposed as well ends a section that is not its own: validation mode
/// (<c>Alloc.Validation</c>) detects it, otherwise it is undefined. Keeps its reader reachable until <see cref="Dispose"/>.
/// </remarks>
public readonly unsafe ref struct ReadSection
{
    private readonly RcuReader? _reader;
    private readonly ReaderSlot* _slot;

    // What the slot announced before, so that leaving is one store at any depth. In validation mode a ticket of SectionLedger.
    private readonly ulong _previous;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadSection(RcuReader reader, ReaderSlot* slot, ulong previous)
    {
        _reader = reader;
        _slot = slot;
        _previous = previous;
    }

    /// <summary>Ends the section. Ending <c>default</c> does nothing. One store.</summary>
    /// <exception cref="InvalidOperationException">Validation mode only: ended twice, in the wrong order, or by another thread.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Dispose()
    {
        if (_slot == null) return;
        if (Validation.Enabled) _reader!.Record.Ledger!.Leave(_slot, _previous);
        else _slot->Leave(_previous);
        GC.KeepAlive(_reader);
    }

    /// <summary>
    /// Whether this is a section of <paramref name="domain"/> that has not ended: false for <c>default</c>, an ended one, and one of another
    /// domain. (An ended copy on a thread that is inside another section of the same domain answers true, which is as safe.)
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsActiveIn(RcuDomain domain) =>
        _slot != null && _slot->Domain == domain.Words && _slot->Own != ReaderSlot.Quiescent;

    /// <summary>
    /// Names whose section this is: one thread has the same id in all its sections of a domain, no two threads have it at a time, and a later thread gets it
    /// only after the first has died and what that had written is visible. Zero for <c>default</c>. One load; for tallies that have one writer each.
    /// </summary>
    public nuint ReaderId
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (nuint)_slot; // R2
    }

    /// <summary>
    /// Lets go of all that was read so far and goes on as a section that begins now, so that a long one need not delay frees.
    /// Pointers from before must not be used any more.
    /// </summary>
    /// <returns>False, and nothing changed, when this is not the outermost section of its thread or not a section at all.</returns>
    public bool Refresh()
    {
        if (_slot == null || _slot->Own == ReaderSlot.Quiescent) return false;
        if (Validation.Enabled ? !_reader!.Record.Ledger!.IsOutermost(_previous) : _previous != ReaderSlot.Quiescent) return false;
        _slot->Announce(SharedWord.Read(&_slot->Domain->Epoch));
        GC.KeepAlive(_reader);
        return true;
    }
}
