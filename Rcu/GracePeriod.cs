using System.Diagnostics;

namespace Alloc.Rcu;

// Grace periods by epochs: one 64-bit counter, never reset, and in each reader's slot the value it had when its section began.
//
//   guarantee  IsComplete(Snapshot()) means: every section that was open at the snapshot has ended, and every later section
//              sees what its caller had unlinked before the snapshot.
//   progress   Start and Poll are wait-free apart from the system's barrier; only Wait waits, and only for readers.
//   argument   G1 Snapshot fences, reads epoch e and answers e + 1. The step of the epoch to e + 1 therefore happens after the
//                 caller's unlink: a grace period under way does not count (rounding up).
//              G2 Start steps the epoch, executes fence B, the process-wide barrier, and then says so in Fenced. Whoever reads
//                 Fenced >= c knows that fence B lies between the step to c and his own scan.
//              G3 Take a reader inside a section at the scan. It announced epoch a, read before its section. If it announced
//                 after fence B, its loads come later and see the unlink: harmless whatever it announced. If before, the
//                 scan sees the announcement (A-B), and if the section began before the unlink, a < c, since c did not exist yet.
//                 So "no announcement below c" (or none at all) means that no section is left that can miss the unlink.
//              G4 A reader may read the epoch, be stopped, and announce it much later. It then announces a value too old,
//                 which delays later scans and harms nothing.
//              G5 With the oldest announcement m, everything up to min(m, Fenced) is complete: partial progress costs nothing.
//              G6 The scan acquires (D) what leaving released (C): frees do not overtake the loads of ended sections.
//   source     Fraser 2004 (epochs); Desnoyers et al. 2012 (user-level RCU, sys_membarrier); Linux rcu_seq for the cookie.
//              Models: tests/Models grace_period.pml, grace_sharing.pml, grace_coalescing.pml.
internal sealed unsafe class GracePeriod(RcuDomain domain)
{
    private readonly DomainWords* _words = domain.Words;
    private ulong _leading;
    private long _lastStart, _lastCost;

    /// <summary>How many grace periods were started, each with a process-wide barrier.</summary>
    public long Started => (long)(SharedWord.Read(&_words->Epoch) - Validation.FirstEpoch);

    public ulong Snapshot()
    {
        Interlocked.MemoryBarrier(); // the caller's unlink, then the epoch (G1)
        ulong epoch = SharedWord.Read(&_words->Epoch);
        if (Faults.Is(SeededFault.JoinCurrent) && !IsComplete(epoch)) return epoch;
        return epoch + 1;
    }

    public bool IsComplete(ulong cookie) => SharedWord.Read(&_words->Completed) >= cookie;

    /// <summary>The last completed epoch.</summary>
    public ulong Completed => SharedWord.Read(&_words->Completed);

    /// <summary>Whether some grace period that counts for <paramref name="cookie"/> has been started.</summary>
    public bool IsStarted(ulong cookie) => SharedWord.Read(&_words->Epoch) >= cookie;

    /// <summary>The time since the last barrier of background work.</summary>
    public TimeSpan SinceStart => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastStart));

    /// <summary>Whether another barrier now would keep the part of the time spent in barriers below a sixteenth.</summary>
    public bool IsBarrierCheap => Stopwatch.GetTimestamp() - Volatile.Read(ref _lastStart) >= 16 * Volatile.Read(ref _lastCost);

    public void Start()
    {
        ulong epoch = SharedWord.Increment(ref _words->Epoch);
        AsymmetricFence.Heavy(); // fence B: matches fence A in ReaderSlot.Announce
        SharedWord.RaiseTo(ref _words->Fenced, epoch);
    }

    /// <summary>The same for background work, which chooses the time of its barriers by what they cost. One thread at a time.</summary>
    public void StartMeasured()
    {
        long start = Stopwatch.GetTimestamp();
        Start();
        Volatile.Write(ref _lastCost, Stopwatch.GetTimestamp() - start);
        Volatile.Write(ref _lastStart, start);
    }

    /// <summary>Looks once at all readers. Never waits.</summary>
    public bool Poll(ulong cookie)
    {
        if (IsComplete(cookie)) return true;
        ulong fenced = SharedWord.Read(&_words->Fenced);
        if (fenced < cookie) return false;
        ulong complete = Math.Min(fenced, domain.Registry.OldestAnnounced());
        SharedWord.RaiseTo(ref _words->Completed, complete);
        return complete >= cookie;
    }

    /// <summary>Starts a grace period that counts for <paramref name="cookie"/> where there is none, and looks once. Never waits.</summary>
    public bool Advance(ulong cookie)
    {
        if (!IsStarted(cookie)) Start();
        return Poll(cookie);
    }

    /// <summary>Waits for the readers, sharing the barrier and the scan with others who wait at the same time.</summary>
    public void Wait(ulong cookie)
    {
        var wait = new PatientWait(domain);
        while (!IsComplete(cookie))
        {
            if (SharedWord.TrySwap(ref _leading, 0, 1))
            {
                try
                {
                    while (!Advance(cookie)) wait.Once();
                }
                finally
                {
                    SharedWord.Write(ref _leading, 0);
                }
                return;
            }
            // Who leads may have lost his processor, or be in a handler of his stall report that waits itself: nobody depends on him for long.
            if (wait.IsLong && Advance(cookie)) return;
            wait.Once();
        }
    }
}
