namespace Alloc.Rcu;

/// <summary>Who runs deferred callbacks.</summary>
public enum ReclaimerMode
{
    /// <summary>A background thread that the first deferred head starts, with a stack of 256 KiB; producers over a watermark help.</summary>
    Background,

    /// <summary>No thread: who defers, polls or waits runs them.</summary>
    Inline,
}

/// <summary>What to do with a new head when the limits of a domain are reached.</summary>
public enum BackPressurePolicy
{
    /// <summary>Start a grace period at once, run what is ready, and accept the head all the same.</summary>
    Expedite,

    /// <summary>Wait until there is room; inside a section, where waiting could never end, as <see cref="Expedite"/>.</summary>
    Block,

    /// <summary>Refuse it: <c>TryDefer</c> answers false, the managed <c>Defer</c> throws.</summary>
    Fail,
}

/// <summary>Settings of a <see cref="RcuDomain"/>; read once, by its constructor.</summary>
public sealed class RcuDomainOptions
{
    /// <summary>The name in reports and of the thread.</summary>
    public string Name { get; set; } = "domain";

    /// <summary>Who runs callbacks. Default <see cref="ReclaimerMode.Background"/>.</summary>
    public ReclaimerMode Mode { get; set; } = ReclaimerMode.Background;

    /// <summary>The most bytes that may wait for a grace period. Threads that look for room at the same time may each pass it by one head. Default: no limit.</summary>
    public long MaxPendingBytes { get; set; } = long.MaxValue;

    /// <summary>The most heads that may wait for a grace period. Default: no limit.</summary>
    public long MaxPendingCount { get; set; } = long.MaxValue;

    /// <summary>What happens at these limits. Default <see cref="BackPressurePolicy.Expedite"/>.</summary>
    public BackPressurePolicy BackPressure { get; set; } = BackPressurePolicy.Expedite;

    /// <summary>
    /// Whether a thread that defers outside any section, while much is pending, may itself carry reclamation one bounded step further and so
    /// run callbacks, of other threads too. Switch off when callbacks take locks that deferring threads hold. Default true; <see cref="ReclaimerMode.Inline"/> needs it.
    /// </summary>
    public bool ProducerAssist { get; set; } = true;

    /// <summary>Producers assist from this many pending bytes on. Default 512 KiB.</summary>
    public long AssistBytes { get; set; } = 512 * 1024;

    /// <summary>Producers assist from this many pending heads on. Default 16,384.</summary>
    public long AssistCount { get; set; } = 16 * 1024;

    /// <summary>From this many pending bytes on, the background thread works in larger slices and without the minimum interval. Default 2 MiB.</summary>
    public long HighWatermarkBytes { get; set; } = 2 * 1024 * 1024;

    /// <summary>It does so until the pending bytes are down to this. Default 256 KiB.</summary>
    public long LowWatermarkBytes { get; set; } = 256 * 1024;

    /// <summary>From this many pending heads on, likewise. Default 65,536.</summary>
    public long HighWatermarkCount { get; set; } = 64 * 1024;

    /// <summary>It does so until the pending heads are down to this. Default 4,096.</summary>
    public long LowWatermarkCount { get; set; } = 4 * 1024;

    /// <summary>
    /// The longest pause that <see cref="RcuDomain.WaitForCapacity"/> makes for each 64 KiB or 512 heads that its thread deferred over the high watermark. It lets a reader
    /// that lost its processor inside a section run, so that little is pending even on a crowded machine. Zero: no pauses. Default 10 ms.
    /// </summary>
    public TimeSpan ThrottlePause { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The most callbacks in one slice of work. Default 512.</summary>
    public int SliceCallbacks { get; set; } = 512;

    /// <summary>The longest time of one slice of work, looked at every 64 callbacks, more rarely while they are quick. Default 500 µs.</summary>
    public TimeSpan SliceTime { get; set; } = TimeSpan.FromMicroseconds(500);

    /// <summary>The shortest time between two process-wide barriers of background work. Never delays <see cref="RcuDomain.Synchronize"/>. Default 500 µs.</summary>
    public TimeSpan MinimumInterval { get; set; } = TimeSpan.FromMicroseconds(500);

    /// <summary>How often the background thread looks while there is work. Default 1 ms.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>After this time without work the background thread ends; the next head starts another. Default 10 s.</summary>
    public TimeSpan IdleThreadLifetime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A grace period that a reader delays for this long is reported; then after 2, 4, 8, ... times as long. Default 10 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether stall reports tell where the section began. Only in validation mode, and slow: each section captures its stack. Default false.</summary>
    public bool CaptureEnterStacks { get; set; }

    /// <summary>How long <see cref="RcuDomain.Dispose"/> waits for readers before it gives callbacks up (leaks, never frees under a reader). Default 10 s.</summary>
    public TimeSpan DisposeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many nodes of the managed <c>Defer</c> are kept for reuse. Default 4,096.</summary>
    public int MaxPooledActions { get; set; } = 4096;

    internal RcuDomainOptions ValidatedCopy()
    {
        var copy = (RcuDomainOptions)MemberwiseClone();
        ArgumentNullException.ThrowIfNull(Name);
        if (Mode is not (ReclaimerMode.Background or ReclaimerMode.Inline)) throw new ArgumentOutOfRangeException(nameof(Mode), Mode, null);
        if (BackPressure is < BackPressurePolicy.Expedite or > BackPressurePolicy.Fail) throw new ArgumentOutOfRangeException(nameof(BackPressure), BackPressure, null);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxPendingBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxPendingCount);
        ArgumentOutOfRangeException.ThrowIfNegative(AssistBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(AssistCount);
        ArgumentOutOfRangeException.ThrowIfNegative(LowWatermarkBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(HighWatermarkBytes, LowWatermarkBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(LowWatermarkCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(HighWatermarkCount, LowWatermarkCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(SliceCallbacks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SliceCallbacks, 1 << 24);
        ArgumentOutOfRangeException.ThrowIfLessThan(SliceTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinimumInterval, TimeSpan.Zero);
        ThrowIfNoWait(PollInterval, nameof(PollInterval));
        ThrowIfNoWait(IdleThreadLifetime, nameof(IdleThreadLifetime));
        ThrowIfNoWait(StallTimeout, nameof(StallTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThan(ThrottlePause, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(DisposeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxPooledActions);
        if (Mode == ReclaimerMode.Inline) copy.ProducerAssist = true;
        return copy;
    }

    private static void ThrowIfNoWait(TimeSpan time, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromMilliseconds(int.MaxValue), name);
    }
}
