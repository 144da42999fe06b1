using Alloc.Bench.Measure;

namespace Alloc.Bench.Rcu;

/// <summary>Runs what the last chunk left behind (its callbacks) before the next one is calibrated and timed: the producer's side alone is measured.</summary>
internal sealed class DrainingClock(IClock clock) : IClock
{
    private Action? _left;

    /// <summary>What is to run after the chunk that calls this.</summary>
    public void Leave(Action drain) => _left = drain;

    public void Drain()
    {
        _left?.Invoke();
        _left = null;
    }

    public long Now() => clock.Now();

    public long Calibrate()
    {
        Drain();
        return clock.Calibrate();
    }
}

/// <summary>The processor time of the whole process, all of its threads, user's and kernel's. Linux.</summary>
internal sealed class ProcessClock(IClock calibration) : IClock
{
    public long Now() => CpuTime.OfProcess();

    public long Calibrate() => calibration.Calibrate();
}
