namespace Alloc.Rcu;

/// <summary>
/// A lock that a thread which is interrupted goes on waiting for; it is interrupted again when it leaves. Whoever has queued a head must come back without an
/// exception, or his caller takes the head for his own and frees it.
/// </summary>
internal sealed class SteadyLock
{
    private readonly Lock _lock = new();

    public Scope Hold()
    {
        bool interrupted = false;
        while (true)
        {
            try
            {
                _lock.Enter();
                return new Scope(_lock, interrupted);
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        }
    }

    public bool TryEnter() => _lock.TryEnter();

    public void Exit() => _lock.Exit();

    /// <summary>A pause, shorter for a thread that is interrupted meanwhile.</summary>
    public static void Pause(int milliseconds)
    {
        try
        {
            Thread.Sleep(milliseconds);
        }
        catch (ThreadInterruptedException)
        {
            Thread.Yield();
            Thread.CurrentThread.Interrupt();
        }
    }

    public readonly ref struct Scope(Lock held, bool interrupted)
    {
        public void Dispose()
        {
            held.Exit();
            if (interrupted) Thread.CurrentThread.Interrupt();
        }
    }
}
