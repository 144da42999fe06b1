using Alloc.PageTable;

namespace Alloc.Validated.Tests.Histories;

/// <summary>While this is in force, a thread that records gives its processor away in the middle of many a call, between two steps that are drawn by lot.</summary>
/// <remarks>
/// Calls of microseconds overlap by chance only where each thread has a processor to itself. With fewer processors, or busy ones, a thread that is not
/// interrupted makes all its calls in one go, and the histories prove nothing.
/// </remarks>
internal sealed class GivingWay : IDisposable
{
    [ThreadStatic]
    private static int t_steps;

    /// <param name="pauses">Whether the random pauses go on beside it: they are of use to threads that run at the same time.</param>
    public GivingWay(bool pauses)
    {
        if (pauses) Interleaving.Hook = static (step, _) => { Interleaving.Delay(step); GiveWay(); };
        else Interleaving.Hook = static (_, _) => GiveWay();
    }

    /// <summary>Draws the step of the calling thread's next call: mostly an early one, since most calls take few.</summary>
    public static void InNextCall(Random random)
    {
        int lot = random.Next(1 << 16);
        t_steps = (lot & 1) == 0 ? 0 : 1 + ((lot >> 1 & 7) << (lot >> 4 & 7));
    }

    public void Dispose() => Interleaving.Hook = null;

    private static void GiveWay()
    {
        if (t_steps > 0 && --t_steps == 0) Thread.Yield();
    }
}
