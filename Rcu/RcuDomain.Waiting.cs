namespace Alloc.Rcu;

// What an updater waits for itself.
public sealed unsafe partial class RcuDomain
{
    /// <summary>Waits until every section that was open at the call has ended.</summary>
    /// <exception cref="InvalidOperationException">Called inside a section or callback of this domain.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public void Synchronize()
    {
        ThrowIfCannotWait();
        Grace.Wait(Grace.Snapshot());
    }

    /// <summary>
    /// Completes when every section that was open at the call has ended. Holds no thread meanwhile; those that wait at the same time share their grace periods.
    /// Allocates nothing once warm. Await the result once, as any <see cref="ValueTask"/>.
    /// </summary>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <inheritdoc cref="Synchronize"/>
    public ValueTask SynchronizeAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCannotWait();
        return AsyncWaits.Wait(Grace.Snapshot(), cancellationToken);
    }

    /// <summary>Completes when <paramref name="token"/> has elapsed. As <see cref="SynchronizeAsync"/>.</summary>
    /// <param name="token">From <see cref="GetToken"/> of this domain.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <exception cref="ArgumentException">The token is another domain's.</exception>
    /// <inheritdoc cref="Synchronize"/>
    public ValueTask WaitAsync(GracePeriodToken token, CancellationToken cancellationToken = default)
    {
        ThrowIfCannotWait();
        return AsyncWaits.Wait(CookieOf(token), cancellationToken);
    }

    /// <summary>Waits until <paramref name="token"/> has elapsed.</summary>
    /// <param name="token">From <see cref="GetToken"/> of this domain.</param>
    /// <exception cref="ArgumentException">The token is another domain's.</exception>
    /// <inheritdoc cref="Synchronize"/>
    public void Wait(GracePeriodToken token)
    {
        ThrowIfCannotWait();
        Grace.Wait(CookieOf(token));
    }

    /// <summary>Waits until every callback that was deferred before the call has run; runs them itself if nobody else does.</summary>
    /// <inheritdoc cref="Synchronize"/>
    public void Barrier()
    {
        ThrowIfCannotWait();
        long goal = -1;
        var wait = new PatientWait(this);
        while (!TryFinish(ref goal)) wait.Once();
    }

    /// <summary>
    /// Completes when every callback that was deferred before the call has run: whoever runs the last one completes it. Holds no thread meanwhile; under
    /// <see cref="ReclaimerMode.Inline"/> a pool thread looks every millisecond. Allocates nothing once warm. Await the result once.
    /// </summary>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <remarks>Fails with <see cref="ObjectDisposedException"/> if the domain is disposed meanwhile and gives the callbacks up.</remarks>
    /// <inheritdoc cref="Synchronize"/>
    public ValueTask BarrierAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCannotWait();
        return AsyncWaits.Barrier(cancellationToken);
    }

    /// <summary>The present moment, to be asked about later without waiting. Take it after unlinking; may be taken inside a section.</summary>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public GracePeriodToken GetToken()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return new GracePeriodToken(Id, Grace.Snapshot());
    }

    /// <summary>
    /// Whether a grace period that began after <paramref name="token"/> was taken has ended. Does not wait; starts such a grace period if there is none, so asking
    /// again and again gets there.
    /// </summary>
    /// <param name="token">From <see cref="GetToken"/> of this domain.</param>
    /// <exception cref="ArgumentException">The token is another domain's.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public bool HasElapsed(GracePeriodToken token)
    {
        ulong cookie = CookieOf(token);
        if (Grace.IsComplete(cookie)) return true;
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return Grace.Advance(cookie);
    }

    // Everything taken by the first successful attempt is the goal; each attempt carries the work a step further.
    internal bool TryFinish(ref long goal)
    {
        if (goal >= 0 && Reclaimer.IsFinished(goal)) return true;
        if (!Reclaimer.TryHold()) return false;
        try
        {
            if (goal < 0) goal = Reclaimer.TakeAll(thorough: true);
            while (Reclaimer.Step(Slice.Unlimited, urgent: true) && !Reclaimer.IsFinished(goal))
            {
            }
            return Reclaimer.IsFinished(goal);
        }
        finally
        {
            Reclaimer.Release();
        }
    }

    private ulong CookieOf(GracePeriodToken token)
    {
        if (token.Domain != Id && token.Cookie != 0) throw new ArgumentException("The token is another domain's.", nameof(token));
        return token.Cookie;
    }

    internal void ThrowIfCannotWait()
    {
        ThrowIfInside();
        ObjectDisposedException.ThrowIf(IsDisposed, this);
    }

    private void ThrowIfInside()
    {
        if (IsInSection) throw new InvalidOperationException("Waiting for a grace period inside a section of the same domain would never end.");
        if (Reclaimer.IsHeldByThisThread) throw new InvalidOperationException("Waiting for a grace period inside a callback of the same domain would never end.");
    }
}
