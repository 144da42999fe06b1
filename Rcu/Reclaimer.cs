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
        Volatile.Write(ref _holder, null);
        SharedWord.Write(ref _held, 0);
    }

    /// <summary>Whether chains wait for readers or for their turn. Exact for the holder.</summary>
    public bool HasChains => _rest != null || _chains.Count != 0;

    /// <summary>Takes everything deferred so far, other threads' lists too. The holder's; returns what <see cref="IsFinished"/> waits for.</summary>
    public long TakeAll(bool thorough)
    {
        domain.Deferrals.Steal(thorough);
        Take();
        return _taken;
    }

    /// <summary>Whether all chains up to <paramref name="goal"/> have been run.</summary>
    public bool IsFinished(long goal) => Volatile.Read(ref _finished) >= goal;

    /// <summary>One step without waiting. The holder's.</summary>
    /// <returns>Whether callbacks are ready that the slice did not allow.</returns>
    public bool Step(Slice slice, bool urgent)
    {
        Take();
        if (!HasChains) return false;
        var grace = domain.Grace;
        if (!grace.IsStarted(_newestCookie) && (urgent || grace.SinceStart >= options.MinimumInterval)) grace.Start();
        grace.Poll(_newestCookie);
        return Run(slice);
    }

    /// <summary>The step of the watcher: bigger slices from the high watermark until the low one is reached.</summary>
    public bool StepAdaptive()
    {
        long bytes = domain.Deferrals.PendingBytes, count = domain.Deferrals.PendingCount;
        if (bytes >= options.HighWatermarkBytes || count >= options.HighWatermarkCount) _draining = true;
        else if (bytes <= options.LowWatermarkBytes && count <= options.LowWatermarkCount) _draining = false;
        return Step(_draining ? new Slice(_slice.Heads * 16, _slice.Time * 4) : _slice, urgent: _draining);
    }

    /// <summary>After a chain was pushed: a producer over the low watermark and outside a section carries the work a step on, if nobody else does.</summary>
    public void AfterPush(bool inSection)
    {
        long bytes = domain.Deferrals.PendingBytes, count = domain.Deferrals.PendingCount;
        if (bytes < options.AssistBytes && count < options.AssistCount) return;
        if (inSection || !options.ProducerAssist || !TryHold())
        {
            if (bytes >= options.HighWatermarkBytes || count >= options.HighWatermarkCount) domain.Watcher.Nudge();
            return;
        }
        try
        {
            Interlocked.Increment(ref _assists);
            bool urgent = bytes >= options.AssistBytes * 2 || count >= options.AssistCount * 2;
            Step(_slice, urgent);
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

    private bool Run(Slice slice)
    {
        long start = Stopwatch.GetTimestamp();
        int run = 0;
        long bytes = 0;
        try
        {
            while (NextHead() is var head && head != null)
            {
                if (run >= slice.Heads || ((run & 31) == 31 && Stopwatch.GetElapsedTime(start) > slice.Time))
                {
                    _rest = head;
                    return true;
                }
                RcuHead* next = head->Next;
                if (Sse.IsSupported) Sse.Prefetch0(next);
                bytes += head->Bytes;
                var callback = head->Callback;
                head->Clear(); // P4
                run++;
                Invoke(callback, head);
                _rest = next;
                if (next == null) Volatile.Write(ref _finished, _finished + 1); // P3
            }
            return false;
        }
        finally
        {
            if (run != 0)
            {
                Volatile.Write(ref _invoked, _invoked + run);
                domain.Deferrals.Settle(run, bytes);
                domain.Capacity.Signal();
            }
        }
    }

    private RcuHead* NextHead()
    {
        if (_rest != null) return _rest;
        if (!_chains.TryPeek(out var chain) || !domain.Grace.IsComplete(chain.Cookie)) return null;
        _chains.Dequeue();
        return _rest = (RcuHead*)chain.First;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Invoke(delegate*<RcuHead*, void> callback, RcuHead* head)
    {
        try
        {
            callback(head);
        }
#pragma warning disable CA1031 // whatever a callback throws must not end the process, nor the callbacks after it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _failed, _failed + 1);
            domain.ReportFailure(exception);
        }
    }
}
