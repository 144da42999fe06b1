using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Alloc.Rcu;

/// <summary>One awaited wait: the source behind a <see cref="ValueTask"/>, used again and again.</summary>
/// <remarks>
/// Whoever takes it off its list under the lock of <see cref="AsyncWaits"/> completes it, by queueing it: what awaits it never runs on the thread that
/// found it elapsed. It goes back to the pool when its result is fetched, after its registration has ended, so no late cancellation meets its next use.
/// </remarks>
internal sealed class AsyncWait(AsyncWaits owner) : IValueTaskSource, IThreadPoolWorkItem
{
    /// <summary>States of <see cref="Goal"/> before it names how many chains have to be finished.</summary>
    public const long NoGoal = -1, BeingAssigned = -2;

    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private Exception? _failure;

    /// <summary>The grace period that is waited for; unused for a barrier.</summary>
    public ulong Cookie { get; set; }

    /// <summary>For a barrier: how many chains have to be finished.</summary>
    public long Goal { get; set; }

    /// <summary>The task of a wait that is on its list already, and may have completed.</summary>
    public ValueTask Start(CancellationToken cancellation)
    {
        var task = new ValueTask(this, _core.Version);
        if (cancellation.CanBeCanceled)
        {
            _cancellation = cancellation;
            _registration = cancellation.UnsafeRegister(static wait => ((AsyncWait)wait!).Cancel(), this);
        }
        return task;
    }

    /// <summary>Completes the wait from a pool thread. By whoever took it off its list.</summary>
    public void Complete(Exception? failure)
    {
        _failure = failure;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_failure is { } failure) _core.SetException(failure);
        else _core.SetResult(true);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public void GetResult(short token)
    {
        // Throws for a stale token, and for a wait that has not ended: nothing changes then.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending) throw new InvalidOperationException("The wait has not ended.");
        var failure = _failure;
        _registration.Dispose(); // waits for a cancellation under way
        _registration = default;
        _cancellation = default;
        _failure = null;
        _core.Reset();
        owner.Recycle(this);
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    private void Cancel()
    {
        if (owner.TryTakeOff(this)) Complete(new OperationCanceledException(_cancellation));
    }
}
