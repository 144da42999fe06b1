using System.Numerics;
using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>Which values lie inside their word, and how. Pure: bits to bits, folded by the JIT for each value type.</summary>
/// <remarks>
/// A code is the payload less one, so that zero stays free for "absent". Up to 7 bytes always fit. Of 8 bytes 63 bits do, less
/// the topmost 2^48 codes, which name cells; which bit is spared depends on the type:
/// <code>
/// long, nint, TimeSpan   value + 2^62       -2^62 … 2^62 - 2^48 - 2
/// double                 exponent window    2^-511 ≤ |x| &lt; 2^513 (nearly), and +0
/// DateTime               bit 61             every kind, years before 7307
/// all others             bit 62             48-bit addresses, flags in bit 63, unsigned values below 2^62 - 2^47
/// </code>
/// A value that fits is always inline and a cell holds only values that do not, so equal bits mean equal words or two cells.
/// </remarks>
internal static class ValueCodec<TValue> where TValue : unmanaged
{
    /// <summary>Codes at or above this one do not fit: the payload would be a cell's.</summary>
    private const ulong CodeLimit = ValueWord.CellBase - 1;

    private const ulong Bias = 1UL << 62;

    /// <summary>The code of +0.0, whose exponent lies outside the window; the double that this code would be goes to a cell.</summary>
    private const ulong ZeroCode = CodeLimit - 1;

    private static bool IsSigned => typeof(TValue) == typeof(long) || typeof(TValue) == typeof(nint) || typeof(TValue) == typeof(TimeSpan);

    public static bool AlwaysInline
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.SizeOf<TValue>() < sizeof(ulong);
    }

    public static bool NeverInline
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unsafe.SizeOf<TValue>() > sizeof(ulong);
    }

    /// <summary>The word of an inline value; false where it needs a cell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEncode(TValue value, out ulong word)
    {
        if (NeverInline)
        {
            word = ValueWord.Absent;
            return false;
        }
        ulong code = ToCode(value);
        word = (code + 1) << 1;
        return AlwaysInline || code < CodeLimit;
    }

    /// <summary>The value of an inline word, marked or not; false for an absent one and for a cell: one compare tells.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryDecode(ulong word, out TValue value)
    {
        ulong code = (word >> 1) - 1;
        if (NeverInline || code >= CodeLimit)
        {
            value = default;
            return false;
        }
        value = FromCode(code);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ToCode(TValue value)
    {
        if (AlwaysInline)
        {
            ulong small = 0;
            Unsafe.WriteUnaligned(ref Unsafe.As<ulong, byte>(ref small), value);
            return small;
        }
        ulong bits = Unsafe.BitCast<TValue, ulong>(value);
        if (IsSigned) return bits + Bias;
        if (typeof(TValue) == typeof(double))
        {
            if (bits == 0) return ZeroCode;
            ulong code = BitOperations.RotateLeft(bits, 1) - Bias;
            return code == ZeroCode ? CodeLimit : code;
        }
        return BitOperations.RotateLeft(bits, SparedBitsAbove);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TValue FromCode(ulong code)
    {
        if (AlwaysInline) return Unsafe.ReadUnaligned<TValue>(ref Unsafe.As<ulong, byte>(ref code));
        ulong bits;
        if (IsSigned) bits = code - Bias;
        else if (typeof(TValue) == typeof(double)) bits = code == ZeroCode ? 0 : BitOperations.RotateRight(code + Bias, 1);
        else bits = BitOperations.RotateRight(code, SparedBitsAbove);
        return Unsafe.BitCast<ulong, TValue>(bits);
    }

    /// <summary>A rotation by this many brings the spared bit to the top, where it must be zero.</summary>
    private static int SparedBitsAbove => typeof(TValue) == typeof(DateTime) ? 2 : 1;
}
