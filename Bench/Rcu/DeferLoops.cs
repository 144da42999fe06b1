using System.Runtime.CompilerServices;
using Alloc.Rcu;
using FASTER.core;

namespace Alloc.Bench.Rcu;

/// <summary>The timed loops of deferring: a no-op callback for each head. They return how many they deferred; <see cref="Ran"/> counts in the untimed check.</summary>
internal static unsafe class DeferLoops
{
    /// <summary>Bytes from one head to the next, the same for all contenders.</summary>
    public const int Stride = 32;

    private static long _ran;

    /// <summary>How many counting callbacks have run.</summary>
    public static long Ran => Interlocked.Read(ref _ran);

    public static delegate*<RcuHead*, void> Nothing => &DoNothing;

    public static delegate*<RcuHead*, void> Count => &DoCount;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong ByReader(int count, byte* heads, RcuReader reader, delegate*<RcuHead*, void> callback)
    {
        for (var i = 0; i < count; i++)
        {
            reader.Defer((RcuHead*)(heads + (nint)i * Stride), callback);
        }

        return (ulong)count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong ByDomain(int count, byte* heads, RcuDomain domain, delegate*<RcuHead*, void> callback)
    {
        for (var i = 0; i < count; i++)
        {
            domain.Defer((RcuHead*)(heads + (nint)i * Stride), callback);
        }

        return (ulong)count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Managed(int count, RcuDomain domain)
    {
        for (var i = 0; i < count; i++)
        {
            domain.Defer(static _ => { }, null);
        }

        return (ulong)count;
    }

    /// <summary>LightEpoch has no heads: each bump takes an action, and runs those that are due.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Bump(int count, LightEpoch epoch, Action action)
    {
        for (var i = 0; i < count; i++)
        {
            epoch.Resume();
            epoch.BumpCurrentEpoch(action);
            epoch.Suspend();
        }

        return (ulong)count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Synchronize(int count, RcuDomain domain)
    {
        for (var i = 0; i < count; i++)
        {
            domain.Synchronize();
        }

        return (ulong)count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong BarrierAlone(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Interlocked.MemoryBarrierProcessWide();
        }

        return (ulong)count;
    }

    public static void CountAction() => Interlocked.Increment(ref _ran);

    private static void DoNothing(RcuHead* head)
    {
    }

    private static void DoCount(RcuHead* head) => Interlocked.Increment(ref _ran);
}
