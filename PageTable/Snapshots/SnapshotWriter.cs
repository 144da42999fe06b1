using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.PageTable;

/// <summary>Codes a table piece by piece; who drives it writes each piece to the stream, with or without waiting.</summary>
internal sealed class SnapshotWriter<TValue> : IDisposable
    where TValue : unmanaged
{
    private readonly byte[] _buffer;
    private readonly ulong[] _keys;
    private readonly TValue[] _values;
    private RadixTable<TValue>.Enumerator _entries;
    private ulong _checksum;
    private bool _begun;
    private bool _ended;

    public SnapshotWriter(RadixTable<TValue> table)
    {
        SnapshotFormat.ThrowIfBigEndian();
        _entries = table.GetEnumerator();
        int entries = SnapshotFormat.EntriesPerBlock(Size);
        // Narrowed values are written 8 bytes at a time, so the last may reach a little beyond its end.
        _buffer = ArrayPool<byte>.Shared.Rent(SnapshotFormat.LargestBlock(Size) + sizeof(ulong));
        _keys = ArrayPool<ulong>.Shared.Rent(entries);
        _values = ArrayPool<TValue>.Shared.Rent(entries);
    }

    private static int Size => Unsafe.SizeOf<TValue>();

    /// <summary>Entries coded so far.</summary>
    public long Entries { get; private set; }

    /// <summary>The next piece, good until the next call.</summary>
    /// <returns>False where there is none: the snapshot is complete.</returns>
    public bool TryNext(out ReadOnlyMemory<byte> piece)
    {
        int length = 0;
        if (!_begun)
        {
            length = CodeHeader();
            _begun = true;
        }
        else if (!_ended)
        {
            int entries = Collect();
            length = entries > 0 ? CodeBlock(entries) : CodeEnd();
            _ended = entries == 0;
        }
        piece = _buffer.AsMemory(0, length);
        return length > 0;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<ulong>.Shared.Return(_keys);
        ArrayPool<TValue>.Shared.Return(_values);
    }

    private int CodeHeader()
    {
        Span<byte> header = _buffer.AsSpan(0, SnapshotFormat.HeaderSize);
        SnapshotFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], SnapshotFormat.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)Size);
        SnapshotFormat.Seal(header, ref _checksum);
        return header.Length;
    }

    private int Collect()
    {
        int most = SnapshotFormat.EntriesPerBlock(Size), count = 0;
        while (count < most && _entries.MoveNext())
        {
            (_keys[count], _values[count]) = _entries.Current;
            count++;
        }
        return count;
    }

    private int CodeBlock(int entries)
    {
        int keyBytes = CodeKeys(entries, SnapshotFormat.BlockHeaderSize) - SnapshotFormat.BlockHeaderSize;
        int at = SnapshotFormat.BlockHeaderSize + keyBytes;
        int width = CodeValues(entries, at);
        int length = at + entries * width + SnapshotFormat.ChecksumSize;
        CodeBlockHeader(entries, keyBytes, width, _keys[0]);
        SnapshotFormat.Seal(_buffer.AsSpan(0, length), ref _checksum);
        Entries += entries;
        return length;
    }

    private int CodeEnd()
    {
        CodeBlockHeader(0, 0, 0, (ulong)Entries);
        int length = SnapshotFormat.BlockHeaderSize + SnapshotFormat.ChecksumSize;
        SnapshotFormat.Seal(_buffer.AsSpan(0, length), ref _checksum);
        return length;
    }

    private void CodeBlockHeader(int entries, int keyBytes, int width, ulong firstKey)
    {
        Span<byte> header = _buffer;
        BinaryPrimitives.WriteInt32LittleEndian(header, entries);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], keyBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], width);
        BinaryPrimitives.WriteUInt64LittleEndian(header[12..], firstKey);
    }

    private int CodeKeys(int entries, int at)
    {
        ReadOnlySpan<ulong> keys = _keys.AsSpan(0, entries);
        for (int i = 0; i < keys.Length;)
        {
            int run = i;
            if (i > 0) at = CodeNumber(keys[i] - keys[i - 1] - 2, at);
            do i++;
            while (i < keys.Length && keys[i] == keys[i - 1] + 1);
            at = CodeNumber((ulong)(i - run - 1), at);
        }
        return at;
    }

    private int CodeNumber(ulong number, int at)
    {
        for (; number >= 0x80; number >>= 7) _buffer[at++] = (byte)(number | 0x80);
        _buffer[at++] = (byte)number;
        return at;
    }

    private int CodeValues(int entries, int at)
    {
        ReadOnlySpan<TValue> values = _values.AsSpan(0, entries);
        if (!SnapshotFormat.IsNarrowed(Size))
        {
            MemoryMarshal.AsBytes(values).CopyTo(_buffer.AsSpan(at));
            return Size;
        }
        ulong used = 1; // at least one byte, so that an entry never costs nothing
        foreach (ref readonly TValue value in values) used |= Widened(in value);
        int width = (71 - BitOperations.LeadingZeroCount(used)) / 8;
        foreach (ref readonly TValue value in values)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(at), Widened(in value));
            at += width;
        }
        return width;
    }

    private static ulong Widened(ref readonly TValue value)
    {
        ulong bits = 0;
        Unsafe.WriteUnaligned(ref Unsafe.As<ulong, byte>(ref bits), value);
        return bits;
    }
}
