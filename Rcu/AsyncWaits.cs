using System.Runtime.InteropServices;

namespace Alloc.Rcu;

/// <summary>
/// Who awaits grace periods or callbacks of one domain. Grace periods are driven by one work item that exists only while there are any: nobody tells when a
/// reader leaves. Barriers are completed by whoever runs the last callback; the driver only sets them off.
/// </summary>
/// <remarks>
/// B1 A barrier gets its goal from the holder of the reclaimer, after he has taken everything deferred so far; goals and finished chains change under that
/// hold only. So a barrier whose goal is reached when it gets it is completed at once, every other one by the step that finishes its last chain (P3).
/// B2 A barrier without a goal is seen by the driver, or by a holder who lets go.
/// </remarks>
internal sealed class AsyncWaits(RcuDomain domain) : IThreadPoolWorkItem
{
    /// <summary>Rounds of the driver that follow each other at once, before it comes back by the clock.</summary>
    private const int EagerRounds = 8;

    private const int MaxPooled = 256;

    private readonly SteadyLock _lock = new();
    private readonly List<AsyncWait> _grace = [], _barriers = [];
    private readonly Stack<AsyncWait> _pool = new();
    private Timer? _timer;
    private int _withoutGoal;
    private int _barrierCount;
    private int _round;
    private bool _driven, _abandoned;

    /// <summary>B2: whether a barrier waits for its goal. A glance.</summary>
    public bool WantsGoals => Volatile.Read(ref _withoutGoal) != 0;

    /// <summary>Whether the driver is at work or will be. For tests.</summary>
    public bool IsDriven
    {
        get { using (_lock.Hold()) return _driven; }
    }

    public ValueTask Wait(ulong cookie, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled(cancellation);
        if (domain.Grace.IsComplete(cookie)) return default;
        AsyncWait wait;
        using (_lock.Hold())
        {
            wait = RentLocked();
            wait.Cookie = cookie;
            _grace.Add(wait);
            DriveLocked();
        }
        return wait.Start(cancellation);
    }

    public ValueTask Barrier(CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return ValueTask.FromCanceled(cancellation);
        AsyncWait wait;
        using (_lock.Hold())
        {
            if (_abandoned) return ValueTask.FromException(GivenUp());
            wait = RentLocked();
            wait.Goal = AsyncWait.NoGoal;
            _barriers.Add(wait);
            CountLocked();
            DriveLocked();
        }
        return wait.Start(cancellation);
    }

    /// <summary>True for one caller, who then completes it.</summary>
    public bool TryTakeOff(AsyncWait wait)
    {
        using (_lock.Hold())
        {
            if (_grace.Remove(wait)) return true;
            if (!_barriers.Remove(wait)) return false;
            CountLocked();
            return true;
        }
    }

    public void Recycle(AsyncWait wait)
    {
        using (_lock.Hold())
        {
            if (_pool.Count < MaxPooled) _pool.Push(wait);
        }
    }

    /// <summary>B1. The holder's: takes what was deferred before the barriers that have no goal, and gives them one.</summary>
    public void AssignGoals()
    {
        using (_lock.Hold())
        {
            foreach (var wait in _barriers)
                if (wait.Goal == AsyncWait.NoGoal) wait.Goal = AsyncWait.BeingAssigned;
        }
        long goal = domain.Reclaimer.TakeAll(thorough: true);
        using (_lock.Hold())
        {
            foreach (var wait in _barriers)
                if (wait.Goal == AsyncWait.BeingAssigned) wait.Goal = goal;
            CountLocked();
        }
        CompleteBarriers();
    }

    /// <summary>B1. The holder's, after a chain was finished.</summary>
    public void CompleteBarriers()
    {
        if (Volatile.Read(ref _barrierCount) == 0) return;
        using (_lock.Hold())
        {
            CompleteLocked(_barriers, this, static (waits, wait) => wait.Goal >= 0 && waits.Domain.Reclaimer.IsFinished(wait.Goal));
            CountLocked();
        }
    }

    /// <summary>The domain was disposed and gave callbacks up: nobody will finish the barriers that are left.</summary>
    public void Abandon()
    {
        using (_lock.Hold())
        {
            _abandoned = true;
            foreach (var wait in _barriers) wait.Complete(GivenUp());
            _barriers.Clear();
            CountLocked();
        }
    }

    /// <summary>One round of the driver.</summary>
    public void Execute()
    {
        ulong newest = 0;
        using (_lock.Hold())
        {
            foreach (var wait in _grace) newest = Math.Max(newest, wait.Cookie);
        }
        if (newest != 0)
        {
            var grace = domain.Grace;
            grace.Advance(newest);
            using (_lock.Hold()) CompleteLocked(_grace, grace.Completed, static (completed, wait) => wait.Cookie <= completed);
        }
        if (Volatile.Read(ref _barrierCount) != 0) CarryBarriers();
        domain.Stalls.Look();
        using (_lock.Hold())
        {
            if (_grace.Count == 0 && _withoutGoal == 0 && (_barriers.Count == 0 || domain.Watcher.IsRunning))
            {
                _driven = false;
                return;
            }
            if (_round++ < EagerRounds) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            else (_timer ??= MakeTimer()).Change(1, Timeout.Infinite);
        }
    }

    private RcuDomain Domain => domain;

    private static ObjectDisposedException GivenUp() => new(nameof(RcuDomain), "The domain was disposed before all callbacks had run.");

    // Without the reclaimer there is nothing to do here: its holder gives the goals when he lets go.
    private void CarryBarriers()
    {
        var reclaimer = domain.Reclaimer;
        if (!reclaimer.TryHold()) return;
        try
        {
            if (WantsGoals) AssignGoals();
            while (Volatile.Read(ref _barrierCount) != 0 && reclaimer.Step(Slice.Unlimited, urgent: true))
            {
            }
        }
        finally
        {
            reclaimer.Release();
        }
    }

    private AsyncWait RentLocked() => _pool.TryPop(out var wait) ? wait : new AsyncWait(this);

    private void DriveLocked()
    {
        _round = 0;
        if (_driven) return;
        _driven = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void CountLocked()
    {
        int without = 0;
        foreach (var wait in _barriers)
            if (wait.Goal < 0) without++;
        Volatile.Write(ref _withoutGoal, without);
        Volatile.Write(ref _barrierCount, _barriers.Count);
    }

    // Takes off what has ended, keeping the order of the rest, and allocating nothing.
    private static void CompleteLocked<T>(List<AsyncWait> waits, T state, Func<T, AsyncWait, bool> hasEnded)
    {
        var all = CollectionsMarshal.AsSpan(waits);
        int kept = 0;
        foreach (var wait in all)
        {
            if (hasEnded(state, wait)) wait.Complete(null);
            else all[kept++] = wait;
        }
        waits.RemoveRange(kept, waits.Count - kept);
    }

    private Timer MakeTimer()
    {
        if (ExecutionContext.IsFlowSuppressed()) return new Timer(static waits => ((AsyncWaits)waits!).Execute(), this, Timeout.Infinite, Timeout.Infinite);
        using (ExecutionContext.SuppressFlow()) return MakeTimer();
    }
}
