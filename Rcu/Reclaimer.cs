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

    private readonly ChainQueue _chains = new();
    private readonly Slice _slice = new(options.SliceCallbacks, options.SliceTime);
    private readonly Slice _drainingSlice = new(options.SliceCallbacks * 16, TimeSpan.FromTicks(Math.Min(options.SliceTime.Ticks, long.MaxValue / 4) * 4));
    private RcuHead* _rest;
    private ulong _newestCookie;
    private long _taken;
    private Tally _finished, _invoked, _failed, _assists;
    private ulong _held;
    private Thread? _holder;
    private bool _draining;
    private int _run;
    private long _runBytes;

    public long Invoked => _invoked.Value;

    public long Failed => _failed.Value;

    public long Assists => _assists.Value;

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
    public bool HasChains => _rest != null || !_chains.IsEmpty;

    /// <summary>Takes everything deferred so far, other threads' lists too. The holder's; returns what <see cref="IsFinished"/> waits for.</summary>
    public long TakeAll(bool thorough)
    {
        if (!Faults.Is(SeededFault.ForgetHeldBack)) domain.Deferrals.Steal(thorough);
        Take();
        return _taken;
    }

    /// <summary>Whether all chains up to <paramref name="goal"/> have been run.</summary>
    public bool IsFinished(long goal) => _finished.Value >= goal;

    /// <summary>One step without waiting. The holder's.</summary>
    /// <returns>Whether callbacks are ready that the slice did not allow.</returns>
    public bool Step(Slice slice, bool urgent)
    {
        if (_rest != null || IsReady()) return Run(slice);
        Take();
        if (_chains.IsEmpty) return false;
        var grace = domain.Grace;
        if (!grace.IsStarted(_newestCookie) && (urgent || grace.SinceStart >= options.MinimumInterval)) grace.StartMeasured();
        grace.Poll(_newestCookie);
        return Run(slice);
    }

    private bool IsReady() => !_chains.IsEmpty && domain.Grace.IsComplete(_chains.OldestCookie);

    /// <summary>The step of the watcher: bigger slices from the high watermark until the low one is reached.</summary>
    public bool StepAdaptive()
    {
        long bytes = domain.Deferrals.PendingBytes, count = domain.Deferrals.PendingCount;
        if (bytes >= options.HighWatermarkBytes || count >= options.HighWatermarkCount) _draining = true;
        else if (bytes <= options.LowWatermarkBytes && count <= options.LowWatermarkCount) _draining = false;
        return Step(_draining ? _drainingSlice : _slice, urgent: _draining);
    }

    /// <summary>
    /// After a chain was pushed: a producer over the low watermark and outside a section carries the work a step on, if nobody else does. Throws nothing, since
    /// its head is queued: what callbacks throw is caught, and no wait on this way can be interrupted.
    /// </summary>
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
            _assists.Add(1);
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
        if (_chains.Add(first, _newestCookie)) _taken++;
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
        if (!IsReady()) return false;
        _rest = _chains.RemoveOldest();
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
            _failed.Add(1);
            domain.ReportFailure(exception);
        }
        _invoked.Add(_run);
        domain.Deferrals.Settle(_run, _runBytes);
        if (_rest == null)
        {
            _finished.Add(1); // P3
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
