using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

// The background thread of a domain: started by the first deferred head, polls while there is work, sleeps when there is none, ends when that lasts.
// A sleeping watcher says Watched = 0, and whoever defers into an empty list then wakes it (DeferQueue Q4).
internal sealed class Watcher(RcuDomain domain, RcuDomainOptions options) : IDisposable
{
    private const int IdleRoundsBeforeSleep = 40;
    private const int StealEveryRounds = 4;

    private readonly SteadyLock _lock = new();
    private readonly bool _enabled = options.Mode == ReclaimerMode.Background;
    private AutoResetEvent? _signal;
    private Thread? _thread;
    private bool _stopping;

    /// <summary>How a thread is started; tests put in one that fails.</summary>
    public Action<Thread> StartThread { get; set; } = static thread => thread.UnsafeStart();

    public bool IsRunning => Volatile.Read(ref _thread) is not null && !Volatile.Read(ref _stopping);

    /// <summary>Makes somebody look after the domain from now on.</summary>
    /// <returns>False if that takes a thread and there is none to be had.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public unsafe bool WakeSlow()
    {
        if (!_enabled)
        {
            SharedWord.Write(ref domain.Words->Watched, 1);
            return true;
        }
        using (_lock.Hold())
        {
            if (_stopping || SharedWord.Read(in domain.Words->Watched) != 0) return true;
            if (_thread is null) return TryStartLocked();
            SharedWord.Write(ref domain.Words->Watched, 1);
            _signal!.Set();
            return true;
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
        using (_lock.Hold())
        {
            _stopping = true;
            thread = _thread;
            _signal?.Set();
        }
        if (thread is not null && thread != Thread.CurrentThread) thread.Join();
    }

    private bool TryStartLocked()
    {
        try
        {
            _signal ??= new AutoResetEvent(false);
            _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = $"Alloc.Rcu {domain.Name}" };
            StartThread(_thread);
            return true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStateException or ThreadStartException)
        {
            _thread = null;
            return false;
        }
    }

    private unsafe void Run()
    {
        // Not before there is a thread: who sees it leaves his heads to it.
        SharedWord.Write(ref domain.Words->Watched, 1);
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
            using (_lock.Hold()) SharedWord.Write(ref domain.Words->Watched, 1);
            return true;
        }
        if (_signal!.WaitOne(options.IdleThreadLifetime)) return true;
        using (_lock.Hold())
        {
            if (SharedWord.Read(in domain.Words->Watched) != 0) return true; // woken in between
            _thread = null;
            return false;
        }
    }
}
