namespace Alloc.Native;

/// <summary>One timer of the process for all allocators that have something to give back; it stands still when none has.</summary>
internal static class HousekeepingClock
{
    private static readonly SteadyLock Sync = new();
    private static readonly List<Housekeeping> Ticking = [];
    private static readonly Timer Timer = MakeTimer();
    private static bool s_running;

    public static void Add(Housekeeping housekeeping)
    {
        using (Sync.Hold())
        {
            Ticking.Add(housekeeping);
            if (Ticking.Count == 1 && !s_running)
                Timer.Change(Housekeeping.TickMilliseconds, Timeout.Infinite);
        }
    }

    /// <summary>Made in no one's context: whoever frees first must not have his async locals kept for good.</summary>
    private static Timer MakeTimer()
    {
        if (ExecutionContext.IsFlowSuppressed())
            return Make();
        using (ExecutionContext.SuppressFlow())
            return Make();

        static Timer Make() => new(static _ => Tick(), null, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The next tick is set when this one has ended, so that two never run at once.</summary>
    private static void Tick()
    {
        Housekeeping[] all;
        using (Sync.Hold())
        {
            s_running = true;
            all = [.. Ticking];
        }
        foreach (Housekeeping one in all)
        {
            if (TryTick(one))
                continue;
            using (Sync.Hold())
                Ticking.Remove(one);
        }
        using (Sync.Hold())
        {
            // Whoever came meanwhile found it running.
            s_running = false;
            if (Ticking.Count > 0)
                Timer.Change(Housekeeping.TickMilliseconds, Timeout.Infinite);
        }
    }

    /// <summary>A broken book (something freed twice by two threads at once) must not end the process from a timer.</summary>
    private static bool TryTick(Housekeeping housekeeping)
    {
        try
        {
            return housekeeping.Tick();
        }
        catch (InvalidOperationException e)
        {
            NativeEventSource.Log.Misused(e.ToString());
            return true;
        }
    }
}
