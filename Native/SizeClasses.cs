using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// The sizes of blocks, and the spans of pages that they are cut from.
/// </summary>
/// <remarks>
/// Sizes of 64 bytes and more are whole cache lines, four steps a doubling. The span of a class is the shortest that
/// loses at most 2 % at its end, or the shortest of all that loses at most 6.3 %: short spans empty sooner.
/// </remarks>
internal static unsafe class SizeClasses
{
    public const int MinSize = 16;
    public const int MaxSize = 3072;
    public const int Count = 21;
    public const int MaxBlocks = 256;

    private static ReadOnlySpan<ushort> Sizes =>
        [16, 32, 48, 64, 128, 192, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048, 2560, 3072];

    private static ReadOnlySpan<byte> SpanPages =>
        [1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 2, 3, 2, 1, 5, 3, 4, 1, 5, 3];

    /// <summary>Class by (size + 15) / 16.</summary>
    private static readonly byte* BySixteenths = MakeTable();

    private static readonly Geometry* Geometries = MakeGeometries();

    /// <summary>What the fast path of a free needs, in eight bytes.</summary>
    internal struct Geometry
    {
        /// <summary>ceil(2^32 / size): the block's number is the offset times this, shifted. Exact for offsets below 2^15.</summary>
        public uint Reciprocal;
        public ushort Size;
        public ushort Blocks;

        /// <summary>The number of the block that starts at an offset in its slab; true if there is one.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly bool IsBlock(uint offset, out uint number)
        {
            number = (uint)(((ulong)offset * Reciprocal) >> 32);
            return number * Size == offset && number < Blocks;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SizeOf(int sizeClass) => Geometries[sizeClass].Size;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Geometry* GeometryOf(int sizeClass) => Geometries + sizeClass;

    public static int SpanOf(int sizeClass) => SpanPages[sizeClass];

    public static int BlocksOf(int sizeClass) => SpanPages[sizeClass] * Page.Size / Sizes[sizeClass];

    /// <summary>How many blocks move at once between a thread's cache and the depot: at most 16 KiB, at least 8.</summary>
    public static int BatchOf(int sizeClass) => Math.Clamp(16384 / Sizes[sizeClass], 8, Depot.Capacity);

    /// <summary>The class of a size from 1 to <see cref="MaxSize"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ClassOf(int size) => BySixteenths[(size + 15) >> 4];

    private static Geometry* MakeGeometries()
    {
        var all = (Geometry*)NativeMemory.AlignedAlloc(Count * 8, 64);
        for (int c = 0; c < Count; c++)
        {
            all[c] = new()
            {
                Reciprocal = (uint)(((1UL << 32) + Sizes[c] - 1) / Sizes[c]),
                Size = Sizes[c],
                Blocks = (ushort)BlocksOf(c),
            };
        }
        return all;
    }

    private static byte* MakeTable()
    {
        const int Length = (MaxSize / 16) + 1;
        var table = (byte*)NativeMemory.AlignedAlloc(Length, 64);
        for (int i = 0, sizeClass = 0; i < Length; i++)
        {
            while (i * 16 > Sizes[sizeClass])
                sizeClass++;
            table[i] = (byte)sizeClass;
        }
        return table;
    }
}
