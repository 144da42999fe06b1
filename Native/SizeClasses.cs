using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// The sizes of blocks, and the spans of pages that they are cut from.
/// </summary>
/// <remarks>
/// Sizes of 64 bytes and more are whole cache lines: up to 1 KiB every multiple of 64, from the <see cref="MixedPages"/>; above, four steps a
/// doubling, from the wide ones. The largest and those below 64 are cut from slabs: three pages hold just four blocks of 3 KiB, where four
/// pages would hold five and lose a sixteenth.
/// </remarks>
internal static unsafe class SizeClasses
{
    public const int MinSize = 16;
    public const int MaxSize = 3072;
    public const int Count = 25;

    /// <summary>The class of g granules is this and g.</summary>
    public const int BeforeMixed = 2;

    public const int MaxBlocks = 256;

    private static ReadOnlySpan<ushort> Sizes =>
    [
        16, 32, 48,
        64, 128, 192, 256, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896, 960, 1024,
        1280, 1536, 1792, 2048, 2560, 3072,
    ];

    private static ReadOnlySpan<byte> SpanPages => [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 4, 4, 4, 4, 3];

    /// <summary>By (size - 1) / 16: the class times the size of a cache's stack.</summary>
    private static readonly ushort* BySixteenths = MakeTable();

    /// <summary>By granules of a wide page: the class, or a negative number.</summary>
    private static readonly sbyte* ByWideGranules = MakeWideTable();

    private static readonly Geometry* Geometries = MakeGeometries();

    /// <summary>What the fast path of a free needs, in eight bytes.</summary>
    internal struct Geometry
    {
        /// <summary>
        /// ceil(2^32 / size). An offset below 2^15 times this, shifted, is the number of its block; and it is a multiple of the size just when the
        /// lower half of the product is below this (Lemire, Kaser, Kurz 2019).
        /// </summary>
        public uint Reciprocal;
        public ushort Size;

        /// <summary>Where the last block ends; what is left of the span is nobody's.</summary>
        public ushort End;

        /// <summary>True if a block starts at an offset in its slab.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly bool IsBlock(uint offset) => offset * Reciprocal < Reciprocal && offset < End;

        /// <summary>The number of the block that holds an offset.</summary>
        public readonly int NumberOf(uint offset) => (int)(((ulong)offset * Reciprocal) >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SizeOf(int sizeClass) => Geometries[sizeClass].Size;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Geometry* GeometryOf(uint sizeClass) => Geometries + sizeClass;

    public static bool IsMixed(int sizeClass) => (uint)(Sizes[sizeClass] - MixedPage.Granule) <= MixedPage.MaxBlock - MixedPage.Granule;

    public static bool IsWide(int sizeClass) => Sizes[sizeClass] is > MixedPage.MaxBlock and <= MixedPage.MaxWideBlock;

    /// <summary>The class of a block of so many wide granules, up to <see cref="MixedPage.MostGranules"/>, or a negative number: there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int OfWide(int granules) => ByWideGranules[granules];

    public static int SpanOf(int sizeClass) => SpanPages[sizeClass];

    public static int BlocksOf(int sizeClass) => SpanPages[sizeClass] * Page.Size / Sizes[sizeClass];

    /// <summary>How many blocks move at once between a thread's cache and the depot: at most 16 KiB, at least 8.</summary>
    public static int BatchOf(int sizeClass) => Math.Clamp(16384 / Sizes[sizeClass], 8, Depot.Capacity);

    /// <summary>The class of a size from 1 to <see cref="MaxSize"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ClassOf(int size) => (int)ScaledClassOf(size) / CacheStack.Size;

    /// <summary>The same, times the size of a cache's stack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint ScaledClassOf(int size) => BySixteenths[(uint)(size - 1) >> 4];

    private static Geometry* MakeGeometries()
    {
        var all = (Geometry*)NativeMemory.AlignedAlloc(Count * 8, 64);
        for (int c = 0; c < Count; c++)
        {
            all[c] = new()
            {
                Reciprocal = (uint)(((1UL << 32) + Sizes[c] - 1) / Sizes[c]),
                Size = Sizes[c],
                End = (ushort)(BlocksOf(c) * Sizes[c]),
            };
        }
        return all;
    }

    private static ushort* MakeTable()
    {
        var table = (ushort*)NativeMemory.AlignedAlloc(MaxSize / 16 * sizeof(ushort), 64);
        for (int i = 0, sizeClass = 0; i < MaxSize / 16; i++)
        {
            while ((i + 1) * 16 > Sizes[sizeClass])
                sizeClass++;
            table[i] = (ushort)(sizeClass * CacheStack.Size);
        }
        return table;
    }

    private static sbyte* MakeWideTable()
    {
        var table = (sbyte*)NativeMemory.AlignedAlloc(128, 64);
        new Span<sbyte>(table, 128).Fill(-1);
        for (int c = 0; c < Count; c++)
        {
            if (IsWide(c))
                table[Sizes[c] / MixedPage.WideGranule] = (sbyte)c;
        }
        return table;
    }
}
