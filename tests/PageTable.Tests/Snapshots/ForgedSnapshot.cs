using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Alloc.PageTable.Tests;

/// <summary>Writes what a snapshot must not hold, with checksums that fit: what somebody writes who knows the format and means harm.</summary>
internal sealed class ForgedSnapshot
{
    private readonly MemoryStream _stream = new();
    private ulong _checksum;

    public ForgedSnapshot(int valueSize, uint version = SnapshotFormat.Version)
    {
        var header = new byte[SnapshotFormat.HeaderSize];
        SnapshotFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), valueSize);
        Seal(header);
    }

    public static ForgedSnapshot Of<TValue>() => new(Unsafe.SizeOf<TValue>());

    /// <summary>A block whose lengths are what is really there, unless they are given.</summary>
    public ForgedSnapshot Block(ulong firstKey, byte[] keys, byte[] values, int entries, int width, int? keyBytes = null)
    {
        var block = new byte[SnapshotFormat.BlockHeaderSize + keys.Length + values.Length + SnapshotFormat.ChecksumSize];
        BinaryPrimitives.WriteInt32LittleEndian(block, entries);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(4), keyBytes ?? keys.Length);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(8), width);
        BinaryPrimitives.WriteUInt64LittleEndian(block.AsSpan(12), firstKey);
        keys.CopyTo(block, SnapshotFormat.BlockHeaderSize);
        values.CopyTo(block, SnapshotFormat.BlockHeaderSize + keys.Length);
        Seal(block);
        return this;
    }

    /// <summary>A block of one run of neighbours, each value one byte.</summary>
    public ForgedSnapshot Run(ulong firstKey, int entries) =>
        Block(firstKey, Numbers((ulong)entries - 1), [.. Enumerable.Repeat((byte)1, entries)], entries, 1);

    public ForgedSnapshot End(ulong entries) => Block(entries, [], [], 0, 0);

    public MemoryStream Finish()
    {
        _stream.Position = 0;
        return _stream;
    }

    public static byte[] Numbers(params ulong[] numbers)
    {
        var bytes = new List<byte>();
        foreach (ulong number in numbers)
        {
            ulong rest = number;
            for (; rest >= 0x80; rest >>= 7) bytes.Add((byte)(rest | 0x80));
            bytes.Add((byte)rest);
        }
        return [.. bytes];
    }

    private void Seal(byte[] piece)
    {
        SnapshotFormat.Seal(piece, ref _checksum);
        _stream.Write(piece);
    }
}
