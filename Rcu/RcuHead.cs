using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Rcu;

/// <summary>
/// Sixteen bytes that make the object they lie in deferrable without allocating. The caller owns the memory, which must stay
/// valid and unmoved until the callback has been called.
/// </summary>
/// <remarks>
/// <b>A head must be zero (<c>default</c>) before its first use</b>: a head that is not zero counts as queued already and is
/// refused. It is zero again when its callback is called, so the callback may free it or defer it anew.
/// Addresses of heads must fit into 48 bits, as user-space addresses of today's systems do.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public unsafe struct RcuHead
{
    //  63        48 47                       0     63                        0
    // +------------+--------------------------+   +---------------------------+
    // | size code  | next head                |   | callback, 0 = not queued  |
    // +------------+--------------------------+   +---------------------------+
    private ulong _link;
    private nint _callback;

    internal const ulong AddressMask = (1UL << 48) - 1;

    internal static void ThrowIfWide(RcuHead* head)
    {
        if (((ulong)head & ~AddressMask) != 0) throw new ArgumentException("The address of the head does not fit into 48 bits.", nameof(head));
    }

    internal readonly bool IsQueued => _callback != 0;

    internal readonly RcuHead* Next => (RcuHead*)(_link & AddressMask);

    internal readonly long Bytes => SizeCode.Decode((uint)(_link >> 48));

    internal readonly delegate*<RcuHead*, void> Callback => (delegate*<RcuHead*, void>)_callback;

    internal void Queue(delegate*<RcuHead*, void> callback, uint sizeCode, RcuHead* next)
    {
        _callback = (nint)callback;
        _link = (ulong)sizeCode << 48 | (ulong)next;
    }

    internal void SetNext(RcuHead* next) => _link = _link & ~AddressMask | (ulong)next;

    internal void Clear()
    {
        _callback = 0;
        _link = 0;
    }
}

/// <summary>A byte count in 16 bits: 11 of mantissa, 5 of exponent, rounded up. Exact to 2 KiB and for all multiples of a page to 8 MiB.</summary>
internal static class SizeCode
{
    private const int MantissaBits = 11;
    private const ulong Limit = 1UL << MantissaBits;

    /// <summary>The largest count that can be told; larger ones count as this.</summary>
    public const ulong Maximum = (Limit - 1) << 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Encode(ulong bytes)
    {
        if (bytes < Limit) return (uint)bytes;
        bytes = Math.Min(bytes, Maximum);
        int exponent = 64 - BitOperations.LeadingZeroCount(bytes) - MantissaBits;
        ulong mantissa = (bytes + (1UL << exponent) - 1) >> exponent;
        // Rounded up to 2^11: half of it, one exponent further.
        ulong carry = mantissa >> MantissaBits;
        return (uint)(mantissa >> (int)carry) | (uint)(exponent + (int)carry) << MantissaBits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Decode(uint code) => (long)(code & (Limit - 1)) << (int)(code >> MantissaBits);
}
