using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

// The background thread of a domain: started by the first deferred head, polls while there is work, sleeps when there is none, ends when that lasts.
// A sleeping watcher says Watched = 0, and whoever defers into an empty list then wakes it (DeferQueue Q4).
internal sealed class Watcher(RcuDomain domain, RcuDomainOptions options) : IDisposable
{
    private const int IdleRoundsBeforeSleep = 40;
    private const int StealEveryRounds = 4;

    private readonly Lock _lock = new();
    private readonly bool _enabled = options.Mode == ReclaimerMode.Background;
    private AutoResetEvent? _signal;
    private Thread? _thread;
    private bool _stopping;

    public bool IsRunning => Volatile.Read(ref _thread) is not null;

    /// <summary>Makes somebody look after the domain from now on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public unsafe void WakeSlow()
    {
        if (!_enabled)
        {
            SharedWord.Write(ref domain.Words->Watched, 1);
            return;
        }
        lock (_lock)
        {
            if (_stopping || SharedWord.Read(in domain.Words->Watched) != 0) return;
            SharedWord.Write(ref domain.Words->Watched, 1);
            _signal ??= new AutoResetEvent(false);
            if (_thread is null) StartLocked();
            else _signal.Set();
        }
    }

    /// <summary>Ends the watcher's pause, if it makes one.</summary>
    public void Nudge()
    {
        if (Volatile.Read(ref _signal) is { } signal && !Volatile.Read(ref _stopping)) signal.Set();
    }

    /// <summary>Stops the thread and waits for it (not when called on it).</summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_lock)
        {
            _stopping = true;
            thread = _thread;
            _signal?.Set();
        }
        if (thread is not null && thread != Thread.CurrentThread) thread.Join();
    }

    private unsafe void StartLocked()
    {
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = $"Alloc.Rcu {domain.Name}" };
        try
        {
            _thread.UnsafeStart();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStateException or ThreadStartException)
        {
            // No thread today: producers and waiters carry the work, and the next head tries again.
            _thread = null;
            SharedWord.Write(ref domain.Words->Watched, 0);
        }
    }

    private void Run()
    {
        int idle = 0, round = 0;
        while (!Volatile.Read(ref _stopping))
        {
            bool worked = Round(++round % StealEveryRounds == 0, out bool more);
            if (more) continue;
            idle = worked ? 0 : idle + 1;
            if (idle < IdleRoundsBeforeSleep) _signal!.WaitOne(options.PollInterval);
            else if (!Sleep()) return;
            else idle = 0;
        }
    }

    /// <returns>Whether there is anything to look after.</returns>
    private bool Round(bool steal, out bool more)
    {
        more = false;
        var reclaimer = domain.Reclaimer;
        if (!reclaimer.TryHold()) return true;
        try
        {
            if (steal && domain.Deferrals.AnyHeldBack()) reclaimer.TakeAll(thorough: false);
            more = reclaimer.StepAdaptive();
            if (reclaimer.HasChains) domain.Stalls.Look();
            return reclaimer.HasChains || domain.Deferrals.AnyPushed || domain.Deferrals.AnyHeldBack();
        }
        finally
        {
            reclaimer.Release();
        }
    }

    /// <returns>False when the thread shall end.</returns>
    private unsafe bool Sleep()
    {
        SharedWord.Write(ref domain.Words->Watched, 0);
        AsymmetricFence.Heavy(); // fence H: matches fence G
        // Chains that an assisting producer has taken in the meantime are in no list, but still pending.
        if (!Faults.Is(SeededFault.NoRecheck)
            && (domain.Deferrals.AnyPushed || domain.Deferrals.AnyHeldBack() || domain.Deferrals.PendingCount != 0))
        {
            lock (_lock) SharedWord.Write(ref domain.Words->Watched, 1);
            return true;
        }
        if (_signal!.WaitOne(options.IdleThreadLifetime)) return true;
        lock (_lock)
        {
            if (SharedWord.Read(in domain.Words->Watched) != 0) return true; // woken in between
            _thread = null;
            return false;
        }
    }
}
