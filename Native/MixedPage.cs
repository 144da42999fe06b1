using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// The books of a page that holds blocks of any size that is a multiple of 64 bytes, in its descriptor: the allocator owns the page, so the
/// owner's words are free for it. The page is 64 granules of 64 bytes, a bit each. A <i>wide</i> one is four neighbouring pages, and 64 granules of 256 bytes; its
/// books lie in the descriptor of the first, whose number is a multiple of four, and those of the others have the tag only.
/// </summary>
/// <remarks>
/// <code>
///            granule 0   1   2   3   4   5   6 ...
/// blocks             [   A   ] [B] [  free   ] [C ...
/// _free              0   0   0   1   1   1   0
/// _ends              0   1   1   ?   ?   1   ...
/// </code>
/// M1 _ends has the bit of a block's last granule, no bit of its others, and the bit before its first granule. So its size follows from the
/// address. M2 these bits do not change while the block is out: taking a neighbour sets bits that M1 says are set already, and
/// changes others only inside itself; giving one back changes none. M3 all is written under the lock, a word at a time, and whoever holds a block may
/// read _ends without it (M2).
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = PageDescriptor.Size)]
internal unsafe struct MixedPage
{
    public const int GranuleBits = 6, Granule = 1 << GranuleBits;

    /// <summary>The largest block of one page: of a larger one too few would fit.</summary>
    public const int MaxGranules = 16, MaxBlock = MaxGranules * Granule;

    public const int Granules = Page.Size / Granule;

    /// <summary>More than any block has.</summary>
    public const int MostGranules = 65;

    public const int WideBits = 8, WideGranule = 1 << WideBits, WidePages = Granules * WideGranule / Page.Size;

    /// <summary>The largest block of a wide one.</summary>
    public const int MaxWideGranules = 10, MaxWideBlock = MaxWideGranules * WideGranule;

    public const byte InNoList = byte.MaxValue;

    [FieldOffset(0)] private ulong _free;
    [FieldOffset(8)] private ulong _ends;
    [FieldOffset(16)] public MixedPage* Next;
    [FieldOffset(24)] public MixedPage* Previous;
    [FieldOffset(40)] public ulong Tag;

    /// <summary>The list that holds the page, or <see cref="InNoList"/> (full).</summary>
    [FieldOffset(48)] public byte Bin;

    public readonly bool IsEmpty => _free == ulong.MaxValue;

    public readonly int FreeCount => BitOperations.PopCount(_free);

    /// <summary>The longest run of free granules; 63 for an empty page.</summary>
    public readonly int LongestRun
    {
        get
        {
            // Where runs of 1, 2, 4, ... 32 start; then the longest sum of those lengths.
            ulong* runs = stackalloc ulong[GranuleBits];
            runs[0] = _free;
            int top = 0;
            for (int i = 1; i < GranuleBits && (runs[i] = runs[i - 1] & (runs[i - 1] >> (1 << (i - 1)))) != 0; i++)
                top = i;
            ulong starts = runs[top];
            int length = starts == 0 ? 0 : 1 << top;
            while (--top >= 0)
            {
                ulong longer = starts & (runs[top] >> length);
                if (longer == 0)
                    continue;
                starts = longer;
                length += 1 << top;
            }
            return length;
        }
    }

    /// <summary>The first byte of the page. Pure arithmetic.</summary>
    public static byte* Start(MixedPage* page) => ((PageDescriptor*)page)->Page.Address;

    /// <summary>The books for an address in a wide page. Pure arithmetic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MixedPage* WideOf(PageDescriptor* descriptor) =>
        (MixedPage*)((nuint)descriptor & ~((nuint)(WidePages * PageDescriptor.Size) - 1));

    public static void Open(MixedPage* page, ulong tag, int pages = 1)
    {
        *page = new() { _free = ulong.MaxValue, _ends = ulong.MaxValue, Tag = tag, Bin = InNoList };
        for (int i = 1; i < pages; i++)
            page[i] = new() { Tag = tag };
    }

    /// <summary>M1: how many granules the block has that starts at an address, or more than any block has: none starts there.</summary>
    public static int GranulesAt(MixedPage* page, void* address, int granuleBits = GranuleBits)
    {
        ulong ends = EndsFrom(page, address, granuleBits);
        return (long)ends >= 0 || !IsAligned(address, granuleBits) ? MostGranules : BitOperations.TrailingZeroCount(ends) + 1;
    }

    /// <summary>The class of the block that starts at an address of the page, or a negative number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ClassAt(MixedPage* page, void* address)
    {
        ulong ends = EndsFrom(page, address, GranuleBits);
        if ((long)ends >= 0 || !IsAligned(address, GranuleBits))
            return -1;
        int more = BitOperations.TrailingZeroCount(ends);
        return more < MaxGranules ? SizeClasses.BeforeMixed + 1 + more : -1;
    }

    /// <summary>The same for a wide one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WideClassAt(MixedPage* page, void* address)
    {
        ulong ends = EndsFrom(page, address, WideBits);
        if ((long)ends >= 0 || !IsAligned(address, WideBits))
            return -1;
        return SizeClasses.OfWide(BitOperations.TrailingZeroCount(ends) + 1);
    }

    /// <summary>
    /// The ends, turned down so that the address' own granule has the lowest bit. The topmost, the sign, is then that of the granule before it, around the
    /// edge too: M1 sets the bit of the page's last granule for good. So a block starts there just when the sign is set.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong EndsFrom(MixedPage* page, void* address, int granuleBits) =>
        BitOperations.RotateRight(page->_ends, (int)((uint)(nuint)address >> granuleBits)); // by the lower six bits

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsAligned(void* address, int granuleBits) => ((nuint)address & (((nuint)1 << granuleBits) - 1)) == 0;

    public readonly bool IsFree(int granule) => (_free >> granule & 1) != 0;

    /// <summary>Takes a run of free granules, where one fits exactly, else the lowest. The number of the first one, or −1.</summary>
    public int Take(int granules)
    {
        ulong starts = _free;
        for (int length = 1; length < granules;)
        {
            int step = Math.Min(length, granules - length);
            starts &= starts >> step;
            length += step;
        }
        if (starts == 0)
            return -1;
        ulong exact = starts & ~(_free << 1) & ~(_free >> granules);
        int first = BitOperations.TrailingZeroCount(exact != 0 ? exact : starts);
        ulong mask = MaskOf(first, granules);
        _free &= ~mask;
        ulong last = 1UL << (first + granules - 1);
        Volatile.Write(ref _ends, (_ends & ~mask) | last | (mask & ~(mask - 1)) >> 1);
        return first;
    }

    /// <summary>False: some of it is free already.</summary>
    public bool TryReturn(int first, int granules)
    {
        ulong mask = MaskOf(first, granules);
        if ((_free & mask) != 0)
            return false;
        _free |= mask;
        return true;
    }

    private static ulong MaskOf(int first, int granules) => ((1UL << granules) - 1) << first;
}
