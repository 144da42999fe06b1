using System.Diagnostics;

namespace Alloc.Rcu;

/// <summary>Notices that grace periods do not advance. Whoever waits for them looks from time to time.</summary>
/// <remarks>
/// Who stands in the way of the first epoch that is not complete announced an older one, so he was inside before that epoch began. While none is under way
/// nobody is late, so the clock starts with the first look that finds one.
/// </remarks>
internal sealed unsafe class StallDetector(RcuDomain domain, RcuDomainOptions options)
{
    private static readonly long SweepEvery = Stopwatch.Frequency / 500;

    private readonly SteadyLock _lock = new();
    private ulong _completed;
    private long _since, _nextSweep;
    private TimeSpan _nextReport;
    private long _reports;

    public long Reports => Volatile.Read(ref _reports);

    /// <summary>Sweeps dead readers away and, when the same epoch has been waited for too long, reports who is in the way.</summary>
    public void Look()
    {
        long now = Stopwatch.GetTimestamp();
        if (!_lock.TryEnter()) return;
        ulong completed;
        TimeSpan age;
        try
        {
            if (now >= _nextSweep)
            {
                _nextSweep = now + SweepEvery;
                domain.Registry.Sweep();
            }
            completed = domain.Grace.Completed;
            if (!domain.Grace.IsStarted(completed + 1))
            {
                _since = 0;
                return;
            }
            if (completed != _completed || _since == 0)
            {
                _completed = completed;
                _since = now;
                _nextReport = options.StallTimeout;
            }
            age = Stopwatch.GetElapsedTime(_since, now);
            if (age < _nextReport) return;
            _nextReport = age * 2;
        }
        finally
        {
            _lock.Exit();
        }
        Report(completed + 1, age);
    }

    /// <summary>Reports every open section, whatever its age.</summary>
    public void ReportNow()
    {
        TimeSpan age;
        using (_lock.Hold()) age = _since == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_since);
        Report(ulong.MaxValue, age);
    }

    private void Report(ulong cookie, TimeSpan age)
    {
        foreach (var record in domain.Registry.Snapshot())
        {
            ulong announced = record.Slot->Scan();
            if (announced == ReaderSlot.Quiescent || announced >= cookie) continue;
            Interlocked.Increment(ref _reports);
            domain.ReportStall(new StallReportEventArgs(
                domain.Name, record.Owner.Name ?? "", record.Owner.ManagedThreadId, age, record.Ledger?.Depth ?? 0, record.Ledger?.EnterSite,
                domain.Deferrals.PendingBytes, domain.Deferrals.PendingCount));
        }
    }
}
