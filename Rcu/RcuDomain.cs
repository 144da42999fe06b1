using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.ObjectPool;

namespace Alloc.Rcu;

/// <summary>
/// A set of readers and updaters that share grace periods: what an updater unlinks and then defers is freed when every read section of the domain
/// that was open at that time has ended.
/// </summary>
/// <remarks>
/// Thread-safe. Entering and leaving sections is wait-free and costs plain stores; deferring is lock-free and allocates nothing. A domain that is not used has
/// no thread. Waiting (<see cref="Synchronize"/>, <see cref="Barrier"/>, <see cref="Dispose"/>) inside one of its sections or callbacks throws, since it could never end.
/// Process exit does not run what is still deferred. Before a collectible load context with callbacks in it is unloaded, call <see cref="Barrier"/>.
/// </remarks>
public sealed unsafe class RcuDomain : IDisposable
{
    private static long s_ids;

    internal readonly DomainWords* Words;
    private readonly byte[] _memory;
    private readonly RcuDomainOptions _options;
    private readonly DomainLeases _leases = new();
    private readonly ObjectPool<DeferredAction> _actions;
    private readonly bool _isDefault;
    private int _disposed;
    private long _abandoned;

    /// <summary>Creates a domain.</summary>
    /// <param name="options">Settings; a copy is taken. Null: the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public RcuDomain(RcuDomainOptions? options = null)
        : this(options, isDefault: false)
    {
    }

    private RcuDomain(RcuDomainOptions? options, bool isDefault)
    {
        _options = (options ?? new RcuDomainOptions()).ValidatedCopy();
        _isDefault = isDefault;
        Id = Interlocked.Increment(ref s_ids);
        _memory = PinnedMemory.Allocate(DomainWords.Size, 128, out byte* words);
        Words = (DomainWords*)words;
        Words->Epoch = Validation.FirstEpoch;
        Registry = new ReaderRegistry(this);
        Grace = new GracePeriod(this);
        Deferrals = new DeferQueue(this);
        Reclaimer = new Reclaimer(this, _options);
        Watcher = new Watcher(this, _options);
        Stalls = new StallDetector(this, _options);
        Capacity = new CapacityGate(this, _options);
        AsyncWaits = new AsyncWaits(this);
        _actions = new DefaultObjectPool<DeferredAction>(new DefaultPooledObjectPolicy<DeferredAction>(), Math.Max(1, _options.MaxPooledActions));
    }

    /// <summary>The domain of those who need none of their own. Disposing it throws.</summary>
    public static RcuDomain Default { get; } = new(new RcuDomainOptions { Name = "default" }, isDefault: true);

    /// <summary>A reader held up a grace period for longer than <see cref="RcuDomainOptions.StallTimeout"/>. Raised on the thread that noticed it.</summary>
    public event EventHandler<StallReportEventArgs>? Stalled;

    /// <summary>A callback threw. The callbacks after it run all the same. Raised on the thread that ran it.</summary>
    public event EventHandler<CallbackFailedEventArgs>? CallbackFailed;

    /// <summary>The name given in the options.</summary>
    public string Name => _options.Name;

    /// <summary>Whether readers of this process execute a fence in each section, because the system has no process-wide barrier or it is switched off.</summary>
    public static bool ReadersAreFenced => AsymmetricFence.IsFenced;

    /// <summary>Whether the calling thread is inside a section of this domain. About as cheap as entering one.</summary>
    public bool IsInSection
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var reader = ThreadRecords.Last;
            return reader is not null && reader.Domain == this ? reader.Slot->Own != ReaderSlot.Quiescent : IsInSectionSlow();
        }
    }

    /// <summary>Whether the calling thread may wait here for a grace period: it is inside no section and no callback of this domain.</summary>
    public bool CanWait => !IsInSection && !Reclaimer.IsHeldByThisThread;

    internal long Id { get; }

    internal ReaderRegistry Registry { get; }

    internal GracePeriod Grace { get; }

    internal DeferQueue Deferrals { get; }

    internal Reclaimer Reclaimer { get; }

    internal Watcher Watcher { get; }

    internal StallDetector Stalls { get; }

    internal CapacityGate Capacity { get; }

    internal AsyncWaits AsyncWaits { get; }

    internal bool CapturesEnterStacks => _options.CaptureEnterStacks;

    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    internal bool MayWait => CanWait;

    /// <summary>Begins a section of the calling thread; sections nest. Wait-free but for a thread's first one. <see cref="RcuReader"/> is cheaper still.</summary>
    /// <exception cref="ObjectDisposedException">The domain was disposed (noticed on a thread's first section, not on later ones).</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadSection Enter()
    {
        var reader = ThreadRecords.Last;
        return reader is not null && reader.Domain == this ? reader.Enter() : EnterSlow();
    }

    /// <summary>A handle for the calling thread, to be used by it only.</summary>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public RcuReader Register()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return new RcuReader(ThreadRecords.FindOrAdd(this));
    }

    /// <summary>
    /// Calls <paramref name="callback"/> with <paramref name="head"/> after a grace period that begins after this call. Never fails for want of memory,
    /// never waits, allocates nothing; may be called inside sections and callbacks.
    /// </summary>
    /// <remarks>
    /// Unlink the object first. The callback runs once, on the reclaimer's thread, on one that waits in <see cref="Barrier"/>, or
    /// (<see cref="RcuDomainOptions.ProducerAssist"/>) within a later <c>Defer</c> of any thread outside a section. It may free the head and defer others.
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

    /// <summary>As <see cref="Defer(RcuHead*, delegate*{RcuHead*, void}, nuint)"/>, but applies the domain's limits and their policy.</summary>
    /// <returns>False, and nothing done, when the limits are reached and the policy is <see cref="BackPressurePolicy.Fail"/>.</returns>
    /// <inheritdoc cref="Defer(RcuHead*, delegate*{RcuHead*, void}, nuint)"/>
    public bool TryDefer(RcuHead* head, delegate*<RcuHead*, void> callback, nuint bytes = 0)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(callback);
        if (!Capacity.Admit((long)Math.Min(bytes, SizeCode.Maximum))) return false;
        Defer(head, callback, bytes);
        return true;
    }

    /// <summary>Calls <paramref name="callback"/> with <paramref name="state"/> after a grace period. Allocates nothing once its pool is warm.</summary>
    /// <inheritdoc cref="Defer(RcuHead*, delegate*{RcuHead*, void}, nuint)" path="/remarks"/>
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

    /// <summary>Waits until every section that was open at the call has ended.</summary>
    /// <exception cref="InvalidOperationException">Called inside a section or callback of this domain.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public void Synchronize()
    {
        ThrowIfCannotWait();
        Grace.Wait(Grace.Snapshot());
    }

    /// <summary>Completes when every section that was open at the call has ended. Holds no thread meanwhile.</summary>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <inheritdoc cref="Synchronize"/>
    public Task SynchronizeAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCannotWait();
        return AsyncWaits.Wait(Grace.Snapshot(), cancellationToken);
    }

    /// <summary>Completes when <paramref name="token"/> has elapsed. Holds no thread meanwhile.</summary>
    /// <param name="token">From <see cref="GetToken"/> of this domain.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <exception cref="ArgumentException">The token is another domain's.</exception>
    /// <inheritdoc cref="Synchronize"/>
    public Task WaitAsync(GracePeriodToken token, CancellationToken cancellationToken = default)
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
        while (!TryFinish(ref goal)) wait.Once(Grace.Completed + 1);
    }

    /// <summary>Completes when every callback that was deferred before the call has run.</summary>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <inheritdoc cref="Synchronize"/>
    public Task BarrierAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCannotWait();
        return Task.Run(() => AsyncWaits.Finish(cancellationToken), cancellationToken);
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
        if (!Grace.IsStarted(cookie)) Grace.Start();
        return Grace.Poll(cookie);
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

    /// <summary>Waits until the limits allow <paramref name="bytes"/> more. For use before a section, by who can wait; returns at once without limits.</summary>
    /// <param name="bytes">How much will be deferred.</param>
    /// <param name="timeout">How long to wait; null: without end.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <returns>False when the time is over; or, under <see cref="BackPressurePolicy.Fail"/>, at once.</returns>
    /// <exception cref="InvalidOperationException">Called inside a section or callback of this domain.</exception>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public bool WaitForCapacity(long bytes = 0, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (Capacity.HasRoom(bytes)) return true;
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

    /// <summary>Figures of this domain. Looks at every reader's slot; takes no lock on the readers' way.</summary>
    public RcuStatistics GetStatistics()
    {
        var (heldCount, heldBytes) = Deferrals.HeldBack();
        return new RcuStatistics
        {
            PendingCount = Deferrals.PendingCount + heldCount,
            PendingBytes = Deferrals.PendingBytes + heldBytes,
            Callbacks = Reclaimer.Invoked,
            FailedCallbacks = Reclaimer.Failed,
            AbandonedCallbacks = Volatile.Read(ref _abandoned),
            GracePeriods = Grace.Barriers,
            Assists = Reclaimer.Assists,
            Stalls = Stalls.Reports,
            Readers = Registry.Count,
            DeadReaders = Registry.DeadThreads,
        };
    }

    /// <summary>Keeps the domain from being disposed until the result is disposed.</summary>
    /// <param name="holder">Who holds it, for the message of <see cref="Dispose"/>.</param>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public DomainLease Lease(string holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        return _leases.Add(holder, this);
    }

    /// <summary>
    /// Runs everything deferred, waiting for readers up to <see cref="RcuDomainOptions.DisposeTimeout"/>, and ends the domain. What a reader still holds up then is
    /// never freed: it is counted in <see cref="RcuStatistics.AbandonedCallbacks"/> and reported as a stall. Idempotent.
    /// </summary>
    /// <exception cref="InvalidOperationException">A lease is out, the caller is inside a section or callback of this domain, or this is <see cref="Default"/>. Nothing has changed then.</exception>
    public void Dispose()
    {
        if (_isDefault) throw new InvalidOperationException("The default domain cannot be disposed.");
        if (IsDisposed) return;
        ThrowIfCannotWait();
        if (!_leases.Close()) return;
        long start = Stopwatch.GetTimestamp();
        var wait = new PatientWait(this);
        // First with the doors open, so that callbacks may still defer; then closed, for what came in last.
        while (!TryDrain())
        {
            if (Stopwatch.GetElapsedTime(start) >= _options.DisposeTimeout)
            {
                Close();
                Volatile.Write(ref _abandoned, GetStatistics().PendingCount);
                Stalls.ReportNow();
                return;
            }
            wait.Once(Grace.Completed + 1);
        }
        Close();
        while (!TryDrain() && Stopwatch.GetElapsedTime(start) < _options.DisposeTimeout) wait.Once(Grace.Completed + 1);
        Volatile.Write(ref _abandoned, GetStatistics().PendingCount);
    }

    private void Close()
    {
        Volatile.Write(ref _disposed, 1);
        Watcher.Dispose();
        var wait = new PatientWait(this);
        while (!Reclaimer.TryHold()) wait.Once(Grace.Completed + 1);
        Deferrals.Close();
        Reclaimer.Release();
    }

    private bool TryDrain()
    {
        long goal = -1;
        return TryFinish(ref goal) && GetStatistics().PendingCount == 0;
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

    internal void ReportStall(StallReportEventArgs report)
    {
        RcuEventSource.Log.ReaderStalled(report.Domain, report.ManagedThreadId, report.Thread, (long)report.Age.TotalMilliseconds, report.PendingBytes);
        Raise(Stalled, report);
    }

    internal void ReportFailure(Exception exception)
    {
        RcuEventSource.Log.CallbackFailed(Name, exception.ToString());
        Raise(CallbackFailed, new CallbackFailedEventArgs(exception));
    }

    private void Raise<T>(EventHandler<T>? handler, T argument)
    {
        try
        {
            handler?.Invoke(this, argument);
        }
#pragma warning disable CA1031 // a report must not break what it reports on
        catch (Exception)
#pragma warning restore CA1031
        {
        }
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
        if (IsInSection) throw new InvalidOperationException("Waiting for a grace period inside a section of the same domain would never end.");
        if (Reclaimer.IsHeldByThisThread) throw new InvalidOperationException("Waiting for a grace period inside a callback of the same domain would never end.");
        ObjectDisposedException.ThrowIf(IsDisposed, this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadSection EnterSlow() => ImplicitReaderSlow().Enter();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private RcuReader ImplicitReaderSlow()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        var reader = ThreadRecords.FindOrAdd(this).Implicit;
        ThreadRecords.Last = reader;
        return reader;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsInSectionSlow() => ThreadRecords.Find(this) is { } record && record.Slot->Own != ReaderSlot.Quiescent;
}
