namespace Alloc.Rcu;

/// <summary>Tasks that wait for grace periods of one domain. One driver serves them all, and exists only while there are any.</summary>
internal sealed class AsyncWaits(RcuDomain domain)
{
    private readonly record struct Waiter(ulong Cookie, TaskCompletionSource Source);

    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];
    private bool _driven;

    public Task Wait(ulong cookie, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled(cancellation);
        if (domain.Grace.IsComplete(cookie)) return Task.CompletedTask;
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiters.Add(new Waiter(cookie, source));
            if (!_driven)
            {
                _driven = true;
                _ = Task.Run(Drive, CancellationToken.None);
            }
        }
        return cancellation.CanBeCanceled ? WithCancellation(source, cancellation) : source.Task;
    }

    /// <summary>Runs every callback that was deferred before the call.</summary>
    public async Task Finish(CancellationToken cancellation)
    {
        long goal = -1;
        while (!domain.TryFinish(ref goal))
        {
            domain.Stalls.Look();
            await Task.Delay(1, cancellation).ConfigureAwait(false);
        }
    }

    private static async Task WithCancellation(TaskCompletionSource source, CancellationToken cancellation)
    {
        using (cancellation.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), source))
            await source.Task.ConfigureAwait(false);
    }

    private async Task Drive()
    {
        for (int round = 0; ; round++)
        {
            ulong newest = 0;
            lock (_lock)
            {
                _waiters.RemoveAll(static waiter => waiter.Source.Task.IsCompleted);
                if (_waiters.Count == 0)
                {
                    _driven = false;
                    return;
                }
                foreach (var waiter in _waiters) newest = Math.Max(newest, waiter.Cookie);
            }
            var grace = domain.Grace;
            if (!grace.IsStarted(newest)) grace.Start();
            grace.Poll(newest);
            if (!CompleteElapsed())
            {
                domain.Stalls.Look();
                if (round < 8) await Task.Yield();
                else await Task.Delay(1).ConfigureAwait(false);
            }
        }
    }

    private bool CompleteElapsed()
    {
        ulong completed = domain.Grace.Completed;
        bool any = false;
        lock (_lock)
        {
            foreach (var waiter in _waiters)
            {
                if (waiter.Cookie > completed) continue;
                any = true;
                waiter.Source.TrySetResult();
            }
        }
        return any;
    }
}
