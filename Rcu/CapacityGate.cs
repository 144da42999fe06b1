using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

/// <summary>The limits on what may wait for a grace period, and the waiting for room.</summary>
internal sealed unsafe class CapacityGate(RcuDomain domain, RcuDomainOptions options)
{
    private const ulong Congestion = 1, Closed = 2;

    private readonly object _monitor = new();
    private readonly bool _limited = options.MaxPendingBytes != long.MaxValue || options.MaxPendingCount != long.MaxValue;
    private readonly DomainWords* _words = domain.Words;
    private int _waiters;
    private Tally _pauses;

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

    /// <summary>Whether who asks for capacity can go on without a second look. Reads one word of the line that readers read.</summary>
    public bool IsOpen
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => !_limited && SharedWord.Read(&_words->Congested) == 0;
    }

    /// <summary>A producer pushed a chain while the domain is over the high watermark.</summary>
    public void Congest(ReaderSlot* slot)
    {
        slot->OwesPause = 1;
        if (SharedWord.Read(&_words->Congested) == 0) SharedWord.TrySwap(ref _words->Congested, 0, Congestion);
    }

    /// <summary>The domain is disposed: everybody takes a second look from now on, and finds that.</summary>
    public void Close() => SharedWord.Exchange(ref _words->Congested, Closed);

    /// <summary>
    /// Without limits, a producer that outruns the readers pauses here: once for each chain that it pushed over the high watermark, until the domain is below it, and
    /// never for longer than <see cref="RcuDomainOptions.ThrottlePause"/>. A reader that lost its processor inside a section gets it so.
    /// </summary>
    public void Throttle(ReaderSlot* slot, CancellationToken cancellation)
    {
        if (!IsHigh)
        {
            RelieveWhenLow();
            return;
        }
        if (slot->OwesPause == 0 || options.ThrottlePause == TimeSpan.Zero || !domain.CanWait) return;
        slot->OwesPause = 0;
        _pauses.Add(1);
        WaitUntil(static (gate, _) => !gate.IsHigh, 0, options.ThrottlePause, cancellation);
    }

    /// <summary>Pauses made. Approximate when threads pause at once.</summary>
    public long Pauses => _pauses.Value;

    private bool IsHigh => domain.Deferrals.PendingBytes >= options.HighWatermarkBytes || domain.Deferrals.PendingCount >= options.HighWatermarkCount;

    private void RelieveWhenLow()
    {
        if (domain.Deferrals.PendingBytes <= options.LowWatermarkBytes && domain.Deferrals.PendingCount <= options.LowWatermarkCount)
            SharedWord.TrySwap(ref _words->Congested, Congestion, 0);
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

    public bool Wait(long bytes, TimeSpan timeout, CancellationToken cancellation) =>
        WaitUntil(static (gate, wanted) => gate.HasRoom(wanted), bytes, timeout, cancellation);

    private bool WaitUntil(Func<CapacityGate, long, bool> enough, long bytes, TimeSpan timeout, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _waiters);
        try
        {
            for (int round = 0; !enough(this, bytes); round++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (timeout != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) >= timeout) return false;
                ObjectDisposedException.ThrowIf(domain.IsDisposed, domain);
                domain.Expedite();
                if (enough(this, bytes)) return true;
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

    /// <summary>Callbacks were run.</summary>
    public void AfterRelief()
    {
        if (SharedWord.Read(&_words->Congested) == Congestion) RelieveWhenLow();
        // Without waiting for the monitor: a signal may be missed anyway.
        if (Volatile.Read(ref _waiters) == 0 || !Monitor.TryEnter(_monitor)) return;
        Monitor.PulseAll(_monitor);
        Monitor.Exit(_monitor);
    }
}
