using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>
/// The only way in which this layer touches a word that threads share. Loads acquire, stores release, everything else
/// is a full fence. In validation mode each access may be delayed.
/// </summary>
internal static unsafe class SharedWord
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Load(ref readonly ulong word)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Volatile.Read(in word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Load(ref readonly long word)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Volatile.Read(in word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Load(ref readonly int word)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Volatile.Read(in word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Load(int* word)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Volatile.Read(ref *word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(int* word, int value)
    {
        if (Validation.IsOn)
            Validation.Delay();
        Volatile.Write(ref *word, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ref ulong word, ulong value)
    {
        if (Validation.IsOn)
            Validation.Delay();
        Volatile.Write(ref word, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ref int word, int value)
    {
        if (Validation.IsOn)
            Validation.Delay();
        Volatile.Write(ref word, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReplace(ref ulong word, ulong seen, ulong next)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Interlocked.CompareExchange(ref word, next, seen) == seen;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReplace(ref long word, long seen, long next)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Interlocked.CompareExchange(ref word, next, seen) == seen;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReplace(ref int word, int seen, int next)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Interlocked.CompareExchange(ref word, next, seen) == seen;
    }

    /// <summary>Sets bits; returns the word as it was.</summary>
    public static ulong Set(ref ulong word, ulong bits)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Interlocked.Or(ref word, bits);
    }

    /// <summary>Clears bits; returns the word as it was.</summary>
    public static ulong Clear(ref ulong word, ulong bits)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Interlocked.And(ref word, ~bits);
    }

    /// <summary>Adds; returns the word as it is then.</summary>
    public static long Add(ref long word, long value)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Interlocked.Add(ref word, value);
    }

    public static int Exchange(ref int word, int value)
    {
        if (Validation.IsOn)
            Validation.Delay();
        return Interlocked.Exchange(ref word, value);
    }
}
