using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

// What an updater leaves to the domain.
public sealed unsafe partial class RcuDomain
{
    /// <summary>
    /// Calls <paramref name="callback"/> with <paramref name="head"/> after a grace period that begins after this call. Never fails for want of memory,
    /// never waits, allocates nothing; may be called inside sections and callbacks.
    /// </summary>
    /// <remarks>
    /// Unlink the object first. The callback runs once, on the reclaimer's thread, on one that waits in <see cref="Barrier"/>, or
    /// (<see cref="RcuDomainOptions.ProducerAssist"/>) within a later <c>Defer</c> of any thread outside a section. It may free the head and defer others.
    /// An exception means that the head was not deferred; a thread that is interrupted meanwhile gets its interrupt at its next wait.
    /// </remarks>
    /// <param name="head">A head inside the object, zero before its first use.</param>
    /// <param name="callback">Must not block for long; what it throws is caught and reported (<see cref="CallbackFailed"/>).</param>
    /// <param name="bytes">The memory that waits with this head, for watermarks and limits; rounded up to 11 significant bits.</param>
    /// <exception cref="ArgumentNullException">A pointer is null.</exception>
    /// <exception cref="InvalidOperationException">The head is queued already, or was not zeroed.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public void Defer(RcuHead* head, delegate*<RcuHead*, void> callback, nuint bytes = 0)
    {
        var reader = ThreadRecords.Last;
        if (reader is null || reader.Domain != this) reader = ImplicitReaderSlow();
        reader.Deferrals.Defer(reader.Slot, head, callback, bytes);
    }

    /// <summary>As <c>Defer</c> with a function, for a callback that has a context.</summary>
    /// <param name="head">A head inside the object, zero before its first use.</param>
    /// <param name="callback">Stays valid until the call begins; its function must not block for long.</param>
    /// <param name="bytes">The memory that waits with this head; the function gets it, rounded up to 11 significant bits.</param>
    /// <exception cref="ArgumentNullException">A pointer, or the callback's function, is null.</exception>
    /// <exception cref="InvalidOperationException">The head is queued already, or was not zeroed.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public void Defer(RcuHead* head, RcuCallback* callback, nuint bytes = 0)
    {
        ArgumentNullException.ThrowIfNull(callback);
        if (callback->IsNull) throw new ArgumentNullException(nameof(callback), "The callback has no function.");
        Defer(head, RcuCallback.Marked(callback), bytes);
    }

    /// <summary>As <c>Defer</c> with a head, but applies the domain's limits and their policy.</summary>
    /// <param name="head">A head inside the object, zero before its first use.</param>
    /// <param name="callback">Must not block for long; what it throws is caught and reported (<see cref="CallbackFailed"/>).</param>
    /// <param name="bytes">The memory that waits with this head, for watermarks and limits; rounded up to 11 significant bits.</param>
    /// <returns>False, and nothing done, when the limits are reached and the policy is <see cref="BackPressurePolicy.Fail"/>.</returns>
    /// <exception cref="ArgumentNullException">A pointer is null.</exception>
    /// <exception cref="InvalidOperationException">The head is queued already, or was not zeroed.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public bool TryDefer(RcuHead* head, delegate*<RcuHead*, void> callback, nuint bytes = 0)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(callback);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (!Capacity.Admit((long)Math.Min(bytes, SizeCode.Maximum))) return false;
        Defer(head, callback, bytes);
        return true;
    }

    /// <summary>Calls <paramref name="callback"/> with <paramref name="state"/> after a grace period. Allocates nothing once its pool is warm.</summary>
    /// <remarks>
    /// The callback runs once, on the reclaimer's thread, on one that waits in <see cref="Barrier"/>, or (<see cref="RcuDomainOptions.ProducerAssist"/>)
    /// within a later <c>Defer</c> of any thread outside a section. It may defer others.
    /// </remarks>
    /// <param name="callback">What to call.</param>
    /// <param name="state">Its argument.</param>
    /// <exception cref="ArgumentNullException"><paramref name="callback"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The limits are reached and the policy is <see cref="BackPressurePolicy.Fail"/>.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public void Defer(Action<object?> callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        if (!TryDefer(callback, state)) throw new InvalidOperationException($"Too much is deferred in the domain '{Name}'.");
    }

    /// <summary>As <see cref="Defer(Action{object?}, object?)"/>, but answers false when the limits are reached and the policy is <see cref="BackPressurePolicy.Fail"/>.</summary>
    /// <param name="callback">What to call.</param>
    /// <param name="state">Its argument.</param>
    /// <returns>Whether it was deferred.</returns>
    public bool TryDefer(Action<object?> callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (!Capacity.Admit(0)) return false;
        var node = _actions.Get();
        try
        {
            Defer(node.Prepare(_actions, callback, state), &DeferredAction.Run);
        }
        catch
        {
            node.Recycle();
            throw;
        }
        return true;
    }

    /// <summary>Carries reclamation one bounded step further without waiting: takes what was deferred, looks at the readers, runs what is ready.</summary>
    /// <returns>Whether anything is still pending.</returns>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public bool Poll()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        Expedite();
        return GetStatistics().PendingCount != 0;
    }

    /// <summary>
    /// Waits until the limits allow <paramref name="bytes"/> more. For use by producers before a section, where they can wait. Without limits, a producer that keeps
    /// deferring over the high watermark pauses here for a moment (<see cref="RcuDomainOptions.ThrottlePause"/>); everybody else goes on after one load and compare.
    /// </summary>
    /// <param name="bytes">How much will be deferred.</param>
    /// <param name="timeout">How long to wait; null: without end.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    /// <exception cref="OperationCanceledException">The waiting was given up.</exception>
    /// <returns>False when the time is over; or, under <see cref="BackPressurePolicy.Fail"/>, at once.</returns>
    /// <exception cref="InvalidOperationException">The limits are reached, and this is inside a section or callback of this domain.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool WaitForCapacity(long bytes = 0, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (bytes >= 0 && Capacity.IsOpen) || WaitForCapacitySlow(bytes, timeout, cancellationToken);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool WaitForCapacitySlow(long bytes, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Capacity.HasRoom(bytes))
        {
            if (ThreadRecords.Find(this) is { } record) Capacity.Throttle(record.Slot, cancellationToken);
            return true;
        }
        ThrowIfCannotWait();
        Expedite();
        if (Capacity.HasRoom(bytes)) return true;
        return _options.BackPressure switch
        {
            BackPressurePolicy.Expedite => true,
            BackPressurePolicy.Fail => false,
            _ => Capacity.Wait(bytes, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken),
        };
    }

    /// <summary>A step that starts a grace period at once and runs what is ready, if nobody else is at it. Never waits.</summary>
    internal void Expedite()
    {
        if (IsInSection || Reclaimer.IsHeldByThisThread || !Reclaimer.TryHold()) return;
        try
        {
            if (Deferrals.AnyHeldBack()) Reclaimer.TakeAll(thorough: false);
            Reclaimer.Step(new Slice(_options.SliceCallbacks, _options.SliceTime), urgent: true);
        }
        finally
        {
            Reclaimer.Release();
        }
    }
}
