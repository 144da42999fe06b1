using System.Runtime.CompilerServices;

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
    private static readonly byte[] BySixteenths = MakeTable();

    public static int SizeOf(int sizeClass) => Sizes[sizeClass];

    public static int SpanOf(int sizeClass) => SpanPages[sizeClass];

    public static int BlocksOf(int sizeClass) => SpanPages[sizeClass] * Page.Size / Sizes[sizeClass];

    /// <summary>How many blocks move at once between a thread's cache and the depot: at most 8 KiB, at least 4.</summary>
    public static int BatchOf(int sizeClass) => Math.Clamp(8192 / Sizes[sizeClass], 4, Depot.Capacity);

    /// <summary>The class of a size from 1 to <see cref="MaxSize"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ClassOf(int size) => BySixteenths[(size + 15) >> 4];

    /// <summary>ceil(2^32 / size): the block's number is the offset times this, shifted. Exact for offsets below 2^15.</summary>
    public static uint ReciprocalOf(int sizeClass) => (uint)(((1UL << 32) + Sizes[sizeClass] - 1) / Sizes[sizeClass]);

    private static byte[] MakeTable()
    {
        var table = new byte[(MaxSize / 16) + 1];
        for (int i = 0, sizeClass = 0; i < table.Length; i++)
        {
            while (i * 16 > Sizes[sizeClass])
                sizeClass++;
            table[i] = (byte)sizeClass;
        }
        return table;
    }
}
