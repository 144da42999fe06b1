namespace Alloc.PageTable;

/// <summary>
/// The pauses between tries of one operation, as <see cref="SpinWait"/>'s. A thread that is interrupted in one keeps its interrupt for its next wait elsewhere: what it has frozen or
/// retired is still to be seen through (F12), so nothing may be thrown here.
/// </summary>
internal struct SteadyWait
{
    private const int NeverSleep = -1, SleepAfter = 20;

    private SpinWait _wait;

    public void Once() => Once(SleepAfter);

    /// <summary>Gives the processor away, but never for longer than others want it.</summary>
    public void OnceAwake() => Once(NeverSleep);

    private void Once(int sleepAfter)
    {
        try
        {
            _wait.SpinOnce(sleepAfter);
        }
        catch (ThreadInterruptedException)
        {
            Thread.Yield();
            Thread.CurrentThread.Interrupt();
        }
    }
}
