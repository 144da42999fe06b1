namespace Alloc.Native;

/// <summary>
/// A lock that a thread which is interrupted goes on waiting for; it is interrupted again when it leaves. So a free, or a request, that has come half way never
/// ends in an exception, which would lose what it had in its hands.
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

    /// <summary>A short pause, shorter still for a thread that is interrupted.</summary>
    public static void Pause()
    {
        try
        {
            Thread.Sleep(1);
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
            if (interrupted)
                Thread.CurrentThread.Interrupt();
        }
    }
}
