namespace Alloc.Rcu;

/// <summary>Figures of a domain at about one moment. The pending ones are exact when nothing is deferred or called back meanwhile.</summary>
public readonly record struct RcuStatistics
{
    /// <summary>Heads deferred and not yet called back.</summary>
    public long PendingCount { get; init; }

    /// <summary>Bytes that wait with them, as told when they were deferred.</summary>
    public long PendingBytes { get; init; }

    /// <summary>Callbacks called.</summary>
    public long Callbacks { get; init; }

    /// <summary>Callbacks that threw.</summary>
    public long FailedCallbacks { get; init; }

    /// <summary>Callbacks given up by <see cref="RcuDomain.Dispose"/> because a reader stayed in its section.</summary>
    public long AbandonedCallbacks { get; init; }

    /// <summary>Grace periods started, each with one process-wide barrier.</summary>
    public long GracePeriods { get; init; }

    /// <summary>Steps of reclamation that producers ran.</summary>
    public long Assists { get; init; }

    /// <summary>Pauses that producers made in <see cref="RcuDomain.WaitForCapacity"/> over the high watermark; approximate.</summary>
    public long Pauses { get; init; }

    /// <summary>Stall reports.</summary>
    public long Stalls { get; init; }

    /// <summary>Threads that have a slot.</summary>
    public int Readers { get; init; }

    /// <summary>Threads that died without ado and whose slot and deferred heads were taken over.</summary>
    public long DeadReaders { get; init; }
}
