using System.Runtime.CompilerServices;

namespace Alloc.Bench.Peers;

/// <summary>Values of any width, made from a word and read back to it; a torn or wrong value reads as something else.</summary>
internal static class Payload
{
    private const ulong Wrong = 0xBAD0_BAD0_BAD0_BAD0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TValue Of<TValue>(ulong word)
        where TValue : unmanaged
    {
        if (typeof(TValue) == typeof(Wide16))
        {
            return Unsafe.BitCast<Wide16, TValue>(new Wide16(word, ~word));
        }

        return typeof(TValue) == typeof(Wide32)
            ? Unsafe.BitCast<Wide32, TValue>(new Wide32(word, ~word, word ^ Wrong, word + 1))
            : Unsafe.BitCast<ulong, TValue>(word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Word<TValue>(TValue value)
        where TValue : unmanaged
    {
        if (typeof(TValue) == typeof(Wide16))
        {
            var wide = Unsafe.BitCast<TValue, Wide16>(value);
            return wide.First == ~wide.Second ? wide.First : Wrong;
        }

        if (typeof(TValue) == typeof(Wide32))
        {
            var wide = Unsafe.BitCast<TValue, Wide32>(value);
            return wide.First == ~wide.Second && wide.First == (wide.Third ^ Wrong) && wide.First + 1 == wide.Fourth ? wide.First : Wrong;
        }

        return Unsafe.BitCast<TValue, ulong>(value);
    }
}

/// <summary>Sixteen bytes: does not fit into a word of any table.</summary>
internal readonly record struct Wide16(ulong First, ulong Second);

/// <summary>Thirty-two bytes.</summary>
internal readonly record struct Wide32(ulong First, ulong Second, ulong Third, ulong Fourth);
