namespace Alloc.Bench.Measure;

/// <summary>
/// A few threads that live as long as the team and do one thing together at a time. The caller waits asleep, so that a team as large as the
/// machine has it for itself.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private readonly Thread[] _threads;
    private readonly Barrier _start;
    private readonly Barrier _end;
    private Func<int, ulong>? _work;
    private ulong _sum;
    private Exception? _failure;

    public ThreadTeam(int size)
    {
        Size = size;
        _start = new Barrier(size + 1);
        _end = new Barrier(size + 1);
        _threads = [.. Enumerable.Range(0, size).Select(i => new Thread(() => Live(i)) { IsBackground = true })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    public int Size { get; }

    /// <summary>Every thread does the work once, all beginning together; returns the sum of what they returned. Rethrows what one of them threw.</summary>
    public ulong Run(Func<int, ulong> work)
    {
        _work = work;
        _sum = 0;
        _start.SignalAndWait();
        _end.SignalAndWait();
        return _failure is null ? _sum : throw new InvalidOperationException($"A thread of the team failed: {_failure.Message}", _failure);
    }

    public void Dispose()
    {
        _work = null;
        _start.SignalAndWait();
        Array.ForEach(_threads, thread => thread.Join());
        _start.Dispose();
        _end.Dispose();
    }

    private void Live(int me)
    {
        while (true)
        {
            _start.SignalAndWait();
            if (_work is not { } work)
            {
                return;
            }

            try
            {
                Interlocked.Add(ref _sum, work(me));
            }
            catch (Exception e)
            {
                _failure = e;
            }

            _end.SignalAndWait();
        }
    }
}
