using System.Runtime.CompilerServices;

namespace Alloc.Rcu;

/// <summary>The one way by which this layer touches words that several threads share. Each step can be delayed in validation mode.</summary>
internal static unsafe class SharedWord
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ref readonly ulong word)
    {
        DelayHook.Here();
        return Volatile.Read(in word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref ulong word, ulong value)
    {
        DelayHook.Here();
        Volatile.Write(ref word, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ulong* word)
    {
        DelayHook.Here();
        return Volatile.Read(ref *word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ulong* word, ulong value)
    {
        DelayHook.Here();
        Volatile.Write(ref *word, value);
    }

    public static ulong Increment(ref ulong word)
    {
        DelayHook.Here();
        ulong value = Interlocked.Increment(ref word);
        DelayHook.Here();
        return value;
    }

    public static long Add(ref long word, long value)
    {
        DelayHook.Here();
        return Interlocked.Add(ref word, value);
    }

    public static long Read(ref readonly long word)
    {
        DelayHook.Here();
        return Volatile.Read(in word);
    }

    public static void Write(ref long word, long value)
    {
        DelayHook.Here();
        Volatile.Write(ref word, value);
    }

    public static ulong Exchange(ref ulong word, ulong value)
    {
        DelayHook.Here();
        return Interlocked.Exchange(ref word, value);
    }

    public static bool TrySwap(ref ulong word, ulong from, ulong to)
    {
        DelayHook.Here();
        return Interlocked.CompareExchange(ref word, to, from) == from;
    }

    public static void RaiseTo(ref ulong word, ulong value)
    {
        ulong seen = Read(ref word);
        while (seen < value)
        {
            ulong before = Interlocked.CompareExchange(ref word, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
