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
public sealed unsafe partial class RcuDomain : IDisposable
{
    private static long s_ids;

    internal readonly DomainWords* Words;
    private readonly byte[] _memory;
    private readonly RcuDomainOptions _options;
    private readonly DomainLeases _leases = new();
    private readonly ObjectPool<DeferredAction> _actions;
    private readonly bool _isDefault;
    private int _disposed;
    private Tally _abandoned;

    /// <summary>Creates a domain.</summary>
    /// <param name="options">Settings; a copy is taken. Null: the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <exception cref="PlatformNotSupportedException">The process is not a 64-bit one.</exception>
    public RcuDomain(RcuDomainOptions? options = null)
        : this(options, isDefault: false)
    {
    }

    private RcuDomain(RcuDomainOptions? options, bool isDefault)
    {
        if (!Environment.Is64BitProcess) throw new PlatformNotSupportedException("Alloc needs a 64-bit process.");
        _options = (options ?? new RcuDomainOptions()).ValidatedCopy();
        _isDefault = isDefault;
        Id = Interlocked.Increment(ref s_ids);
        _memory = PinnedMemory.Allocate(DomainWords.Size, 128, out byte* words);
        Words = (DomainWords*)words;
        Words->Epoch = Words->Fenced = Words->Completed = Validation.FirstEpoch;
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

    /// <summary>A reader held up a grace period for longer than <see cref="RcuDomainOptions.StallTimeout"/>. Raised on the thread that noticed it,
    /// which may be the one that runs callbacks: a handler should be short, and may find that it cannot wait (<see cref="CanWait"/>).</summary>
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

    /// <summary>
    /// Whether a producer need not call <see cref="WaitForCapacity"/>: the domain has no limits and is not congested. One load and compare, for
    /// producers that may be inside a section, where that call would throw.
    /// </summary>
    public bool HasCapacity
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Capacity.IsOpen;
    }

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

    /// <summary>Begins a section of the calling thread; sections nest. Wait-free but for a thread's first one. <see cref="RcuReader"/> is cheaper still.</summary>
    /// <exception cref="ObjectDisposedException">The domain was disposed (noticed on a thread's first section, not on later ones).</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadSection Enter()
    {
        var reader = ThreadRecords.Last;
        if (reader is null || reader.Domain != this) reader = ImplicitReaderSlow();
        return reader.Enter();
    }

    /// <summary>A handle for the calling thread, to be used by it only.</summary>
    /// <exception cref="ObjectDisposedException">The domain was disposed.</exception>
    public RcuReader Register()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return new RcuReader(ThreadRecords.FindOrAdd(this));
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
            AbandonedCallbacks = _abandoned.Value,
            GracePeriods = Grace.Started,
            Assists = Reclaimer.Assists,
            Pauses = Capacity.Pauses,
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
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _leases.Add(holder, this);
    }

    /// <summary>
    /// Runs everything deferred, waiting for readers up to <see cref="RcuDomainOptions.DisposeTimeout"/>, and ends the domain. What a reader still holds up then is
    /// never freed: it is counted in <see cref="RcuStatistics.AbandonedCallbacks"/> and reported as a stall. Idempotent.
    /// </summary>
    /// <exception cref="InvalidOperationException">A lease is out, the caller is inside a section or callback of this domain, or this is <see cref="Default"/>. Nothing has changed then.</exception>
    /// <exception cref="ThreadInterruptedException">The thread was interrupted while it waited. Calling again goes on with it.</exception>
    public void Dispose()
    {
        if (_isDefault) throw new InvalidOperationException("The default domain cannot be disposed.");
        if (_leases.AreClosed) return;
        ThrowIfInside();
        if (!_leases.Close()) return;
        try
        {
            End();
        }
        catch
        {
            _leases.Reopen();
            throw;
        }
    }

    // Each step may be done again: who was interrupted in one begins anew.
    private void End()
    {
        long start = Stopwatch.GetTimestamp();
        var wait = new PatientWait(this);
        // First with the doors open, so that callbacks may still defer; then closed, for what came in last.
        while (!TryDrain())
        {
            if (Stopwatch.GetElapsedTime(start) >= _options.DisposeTimeout)
            {
                Close();
                _abandoned.Set(GetStatistics().PendingCount);
                AsyncWaits.Abandon();
                Stalls.ReportNow();
                return;
            }
            wait.Once();
        }
        Close();
        while (!TryDrain() && Stopwatch.GetElapsedTime(start) < _options.DisposeTimeout) wait.Once();
        _abandoned.Set(GetStatistics().PendingCount);
        if (_abandoned.Value != 0) AsyncWaits.Abandon();
    }

    private void Close()
    {
        Volatile.Write(ref _disposed, 1);
        Capacity.Close();
        Watcher.Dispose();
        var wait = new PatientWait(this);
        while (!Reclaimer.TryHold()) wait.Once();
        Deferrals.Close();
        Reclaimer.Release();
    }

    private bool TryDrain()
    {
        long goal = -1;
        return TryFinish(ref goal) && GetStatistics().PendingCount == 0;
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
