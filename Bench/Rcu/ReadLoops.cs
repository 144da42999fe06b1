using System.Runtime.CompilerServices;
using Alloc.Rcu;
using FASTER.core;

namespace Alloc.Bench.Rcu;

/// <summary>The timed loops of the read side: a section around one load, each way in a method of its own. The checksum is the sum of what was loaded.</summary>
internal static unsafe class ReadLoops
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Empty(int count, ulong* value)
    {
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            sum += Volatile.Read(ref *value);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Flat(int count, ulong* value, RcuReader reader)
    {
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            using (reader.EnterOutermost())
            {
                sum += Volatile.Read(ref *value);
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Nestable(int count, ulong* value, RcuReader reader)
    {
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            using (reader.Enter())
            {
                sum += Volatile.Read(ref *value);
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Implicit(int count, ulong* value, RcuDomain domain)
    {
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            using (domain.Enter())
            {
                sum += Volatile.Read(ref *value);
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Light(int count, ulong* value, LightEpoch epoch)
    {
        var sum = 0UL;
        for (var i = 0; i < count; i++)
        {
            epoch.Resume();
            sum += Volatile.Read(ref *value);
            epoch.Suspend();
        }

        return sum;
    }
}
