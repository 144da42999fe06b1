using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Alloc.Rcu;

/// <summary>How much one step may do before it lets others have the processor.</summary>
internal readonly record struct Slice(int Heads, TimeSpan Time)
{
    public static readonly Slice Unlimited = new(int.MaxValue, TimeSpan.MaxValue);
}

// Takes chains, sees them through a grace period, and calls the heads back. A state machine without a thread of its own: the watcher thread,
// a producer over the watermark, a waiter in Barrier, each may carry it one step further, one at a time.
//
//   P1 Only the holder touches chains and calls callbacks; holding is a try-lock, so nobody waits for it unless he waits for callbacks anyway.
//   P2 A chain is stamped with a snapshot after it was taken, so every head in it was deferred, and unlinked, before (GracePeriod G1).
//   P3 Chains are run in the order in which they were taken. So when as many are finished as had been taken at some time, everything taken up
//      to then has run: that is what Barrier waits for.
//   P4 A head is cleared before its callback is called, which may free it or defer it again; nothing touches it afterwards.
internal sealed unsafe class Reclaimer(RcuDomain domain, RcuDomainOptions options)
{
    private const int FirstPortion = 64, LargestPortion = 1024;

    private readonly record struct Chain(nint First, ulong Cookie);

    private readonly Queue<Chain> _chains = new();
    private readonly Slice _slice = new(options.SliceCallbacks, options.SliceTime);
    private RcuHead* _rest;
    private ulong _newestCookie;
    private long _taken, _finished;
    private ulong _held;
    private Thread? _holder;
    private bool _draining;
    private long _invoked, _failed, _assists;
    private int _run;
    private long _runBytes;

    public long Invoked => Volatile.Read(ref _invoked);

    public long Failed => Volatile.Read(ref _failed);

    public long Assists => Volatile.Read(ref _assists);

    /// <summary>Whether the calling thread is in a callback (or carries a step).</summary>
    public bool IsHeldByThisThread => Volatile.Read(ref _holder) == Thread.CurrentThread;

    public bool TryHold()
    {
        if (SharedWord.Read(in _held) != 0 || !SharedWord.TrySwap(ref _held, 0, 1)) return false;
        Volatile.Write(ref _holder, Thread.CurrentThread);
        return true;
    }

    public void Release()
    {
        try
        {
            if (domain.AsyncWaits.WantsGoals) domain.AsyncWaits.AssignGoals(); // B2
        }
        finally
        {
            Volatile.Write(ref _holder, null);
            SharedWord.Write(ref _held, 0);
        }
    }

    /// <summary>Whether chains wait for readers or for their turn. Exact for the holder.</summary>
    public bool HasChains => _rest != null || _chains.Count != 0;

    /// <summary>Takes everything deferred so far, other threads' lists too. The holder's; returns what <see cref="IsFinished"/> waits for.</summary>
    public long TakeAll(bool thorough)
    {
        if (!Faults.Is(SeededFault.ForgetHeldBack)) domain.Deferrals.Steal(thorough);
        Take();
        return _taken;
    }

    /// <summary>Whether all chains up to <paramref name="goal"/> have been run.</summary>
    public bool IsFinished(long goal) => Volatile.Read(ref _finished) >= goal;

    /// <summary>One step without waiting. The holder's.</summary>
    /// <returns>Whether callbacks are ready that the slice did not allow.</returns>
    public bool Step(Slice slice, bool urgent)
    {
        if (_rest != null || IsReady()) return Run(slice);
        Take();
        if (_chains.Count == 0) return false;
        var grace = domain.Grace;
        if (!grace.IsStarted(_newestCookie) && (urgent || grace.SinceStart >= options.MinimumInterval)) grace.StartMeasured();
        grace.Poll(_newestCookie);
        return Run(slice);
    }

    private bool IsReady() => _chains.TryPeek(out var chain) && domain.Grace.IsComplete(chain.Cookie);

    /// <summary>The step of the watcher: bigger slices from the high watermark until the low one is reached.</summary>
    public bool StepAdaptive()
    {
        long bytes = domain.Deferrals.PendingBytes, count = domain.Deferrals.PendingCount;
        if (bytes >= options.HighWatermarkBytes || count >= options.HighWatermarkCount) _draining = true;
        else if (bytes <= options.LowWatermarkBytes && count <= options.LowWatermarkCount) _draining = false;
        return Step(_draining ? new Slice(_slice.Heads * 16, _slice.Time * 4) : _slice, urgent: _draining);
    }

    /// <summary>After a chain was pushed: a producer over the low watermark and outside a section carries the work a step on, if nobody else does.</summary>
    public void AfterPush(ReaderSlot* slot)
    {
        long bytes = domain.Deferrals.PendingBytes, count = domain.Deferrals.PendingCount;
        bool high = bytes >= options.HighWatermarkBytes || count >= options.HighWatermarkCount;
        if (high)
        {
            domain.Capacity.Congest(slot);
            domain.Watcher.Nudge();
        }
        else if (bytes < options.AssistBytes && count < options.AssistCount)
        {
            return;
        }
        if (!options.ProducerAssist || slot->Own != ReaderSlot.Quiescent || !TryHold()) return;
        try
        {
            Volatile.Write(ref _assists, _assists + 1);
            Step(_slice, urgent: high || domain.Grace.IsBarrierCheap);
        }
        finally
        {
            Release();
        }
    }

    private void Take()
    {
        RcuHead* first = domain.Deferrals.TakePushed();
        if (first == null) return;
        _newestCookie = domain.Grace.Snapshot();
        _chains.Enqueue(new Chain((nint)first, _newestCookie));
        _taken++;
    }

    /// <returns>Whether more is ready.</returns>
    private bool Run(Slice slice)
    {
        // The clock costs as much as some ten callbacks: look rarely while they are quick, often when they are not.
        long start = 0, look = 0;
        int left = slice.Heads, portion = FirstPortion;
        while (_rest != null || NextChain())
        {
            if (left <= 0) return true;
            long now = Stopwatch.GetTimestamp();
            if (start == 0) start = now;
            else if (Stopwatch.GetElapsedTime(start, now) > slice.Time) return true;
            else portion = Stopwatch.GetElapsedTime(look, now) * 8 < slice.Time ? Math.Min(portion * 2, LargestPortion) : FirstPortion;
            look = now;
            left -= RunSome(Math.Min(left, portion));
        }
        return false;
    }

    private bool NextChain()
    {
        if (!_chains.TryPeek(out var chain) || !domain.Grace.IsComplete(chain.Cookie)) return false;
        _chains.Dequeue();
        _rest = (RcuHead*)chain.First;
        return true;
    }

    private int RunSome(int limit)
    {
        _run = 0;
        _runBytes = 0;
        try
        {
            CallBack(_rest, limit);
        }
#pragma warning disable CA1031 // whatever a callback throws must not end the process, nor the callbacks after it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _failed, _failed + 1);
            domain.ReportFailure(exception);
        }
        Volatile.Write(ref _invoked, _invoked + _run);
        domain.Deferrals.Settle(_run, _runBytes);
        if (_rest == null)
        {
            Volatile.Write(ref _finished, _finished + 1); // P3
            domain.AsyncWaits.CompleteBarriers(); // B1
        }
        domain.Capacity.AfterRelief();
        return _run;
    }

    // Apart from the handler, so that the counts live in registers; they are stored before each call, for the case that it throws.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CallBack(RcuHead* head, int limit)
    {
        int run = 0;
        long bytes = 0;
        do
        {
            RcuHead* next = head->Next;
            if (Sse.IsSupported) Sse.Prefetch0(next);
            long size = head->Bytes;
            bytes += size;
            var callback = head->Callback;
            head->Clear(); // P4
            _rest = next;
            _run = ++run;
            _runBytes = bytes;
            if ((nint)callback >= 0) callback(head);
            else RcuCallback.Of(callback)->Call(head, (nuint)size);
            head = next;
        }
        while (head != null && run < limit);
    }
}
