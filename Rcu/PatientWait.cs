using System.Diagnostics;

namespace Alloc.Rcu;

/// <summary>One thread's wait for readers: spins for some microseconds, yields, then sleeps; looks for dead threads and stalls on the way.</summary>
internal struct PatientWait(RcuDomain domain)
{
    private const int Spins = 40, Yields = 60, Patience = 1000;

    private int _rounds;

    /// <summary>Whether it has gone on for a second or so.</summary>
    public readonly bool IsLong => _rounds > Patience;

    public void Once()
    {
        _rounds++;
        if (_rounds <= Spins) Thread.SpinWait(8);
        else if (_rounds <= Yields) Thread.Yield();
        else
        {
            domain.Stalls.Look();
            Thread.Sleep(1);
        }
    }
}
