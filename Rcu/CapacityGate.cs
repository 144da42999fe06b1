using System.Diagnostics;

namespace Alloc.Rcu;

/// <summary>The limits on what may wait for a grace period, and the waiting for room.</summary>
internal sealed unsafe class CapacityGate(RcuDomain domain, RcuDomainOptions options)
{
    private readonly object _monitor = new();
    private readonly bool _limited = options.MaxPendingBytes != long.MaxValue || options.MaxPendingCount != long.MaxValue;
    private int _waiters;

    /// <summary>Whether <paramref name="bytes"/> more fit. First a quick look that takes every list held back for full, then an exact one.</summary>
    public bool HasRoom(long bytes)
    {
        if (!_limited) return true;
        long slots = domain.Registry.SlotCount;
        if (domain.Deferrals.PendingBytes + slots * DeferQueue.ChainBytes <= options.MaxPendingBytes - bytes
            && domain.Deferrals.PendingCount + slots * DeferQueue.ChainHeads < options.MaxPendingCount)
            return true;
        var (heldCount, heldBytes) = domain.Deferrals.HeldBack();
        long pendingBytes = domain.Deferrals.PendingBytes + heldBytes, pendingCount = domain.Deferrals.PendingCount + heldCount;
        // What is larger than the whole limit must get through some time: when it is alone.
        return (pendingBytes <= options.MaxPendingBytes - bytes || pendingCount == 0) && pendingCount < Math.Max(1, options.MaxPendingCount);
    }

    /// <summary>Applies the policy before a head is accepted.</summary>
    /// <returns>False to refuse it.</returns>
    public bool Admit(long bytes)
    {
        if (HasRoom(bytes)) return true;
        domain.Expedite();
        if (HasRoom(bytes)) return true;
        return options.BackPressure switch
        {
            BackPressurePolicy.Fail => false,
            BackPressurePolicy.Block when domain.CanWait => Wait(bytes, Timeout.InfiniteTimeSpan, CancellationToken.None),
            _ => true,
        };
    }

    public bool Wait(long bytes, TimeSpan timeout, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _waiters);
        try
        {
            for (int round = 0; !HasRoom(bytes); round++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (timeout != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) >= timeout) return false;
                ObjectDisposedException.ThrowIf(domain.IsDisposed, domain);
                domain.Expedite();
                if (HasRoom(bytes)) return true;
                domain.Stalls.Look();
                lock (_monitor)
                {
                    // A signal can be missed between the look and the wait; the short timeout makes up for it.
                    Monitor.Wait(_monitor, round < 10 ? 1 : 5);
                }
            }
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }

    /// <summary>Room was made.</summary>
    public void Signal()
    {
        if (Volatile.Read(ref _waiters) == 0) return;
        lock (_monitor) Monitor.PulseAll(_monitor);
    }
}
