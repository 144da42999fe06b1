using System.Buffers.Binary;
using System.IO.Hashing;

namespace Alloc.PageTable;

/// <summary>How a table looks in a stream.</summary>
/// <remarks>
/// All numbers are little-endian. A value is its bytes in memory, of a little-endian machine.
/// <code>
/// snapshot   header, blocks, the end block
/// header     +0   magic (8)        89 'A' 'L' 'L' 'O' 'C' 0D 0A: a transfer as text destroys it
///            +8   version (4)      1
///            +12  value size (4)   1 to 4072
///            +16  checksum (8)
/// block      +0   entries (4)      1 to EntriesPerBlock; 0 makes the end block
///            +4   key bytes (4)    length of the coded keys
///            +8   value width (4)  bytes stored of each value
///            +12  first key (8)    in the end block: the number of entries of the whole snapshot
///            +20  coded keys, values
///                 checksum (8)
/// </code>
/// <b>Keys</b> ascend through the whole snapshot and are coded as runs of neighbours: the length of the first run, less 1; then for each further
/// run how many keys lie absent before it, less 1, and its length, less 1. Each number is a varint: 7 bits a byte, the lowest first, bit 7
/// says that more follow. <b>Values</b> of up to 8 bytes are stored without the zero bytes at their upper end that all values of the block share;
/// longer ones as they are. So neighbours with 48-bit values take a little over 6 bytes an entry.
/// <para><b>Checksums</b> are XxHash3 (64 bits) of what is between them, each seeded with the one before: so a block that is missing, doubled or
/// out of place is noticed as surely as a changed bit. They guard against accidents. Against malice every number is checked on its own: a
/// reader takes no more memory than one block of the largest legal size, beside the table.</para>
/// </remarks>
internal static class SnapshotFormat
{
    public const int HeaderSize = 24;
    public const int BlockHeaderSize = 20;
    public const int ChecksumSize = 8;
    public const uint Version = 1;

    /// <summary>Most bytes of a coded key: a run of one, whose length is one byte and whose distance ten.</summary>
    public const int MaxKeyBytes = 11;

    private const int MostEntries = 2048;
    private const int ValueBytesPerBlock = 16 * 1024;

    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'A', (byte)'L', (byte)'L', (byte)'O', (byte)'C', 0x0D, 0x0A];

    /// <summary>The most entries of a block.</summary>
    public static int EntriesPerBlock(int valueSize) => Math.Clamp(ValueBytesPerBlock / valueSize, 4, MostEntries);

    /// <summary>Bytes of the largest block, its header and checksum included.</summary>
    public static int LargestBlock(int valueSize) => BlockHeaderSize + EntriesPerBlock(valueSize) * (MaxKeyBytes + valueSize) + ChecksumSize;

    /// <summary>Whether values of this size are stored without the zero bytes at their upper end.</summary>
    public static bool IsNarrowed(int valueSize) => valueSize <= sizeof(ulong);

    /// <summary>Puts the checksum of what precedes the span's last 8 bytes into them.</summary>
    public static void Seal(Span<byte> block, ref ulong checksum)
    {
        checksum = XxHash3.HashToUInt64(block[..^ChecksumSize], (long)checksum);
        BinaryPrimitives.WriteUInt64LittleEndian(block[^ChecksumSize..], checksum);
    }

    /// <summary>Whether the span's last 8 bytes are the checksum of what precedes them.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> block, ref ulong checksum)
    {
        checksum = XxHash3.HashToUInt64(block[..^ChecksumSize], (long)checksum);
        return BinaryPrimitives.ReadUInt64LittleEndian(block[^ChecksumSize..]) == checksum;
    }

    public static void ThrowIfBigEndian()
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Snapshots hold values as they lie in a little-endian machine's memory.");
    }
}
