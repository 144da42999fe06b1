using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.PageTable;

/// <summary>Decodes a snapshot piece by piece into a table; who drives it reads so many bytes as it wants next, with or without waiting.</summary>
/// <remarks>It believes nothing: a length is checked before anything is read by it, a checksum before anything is decoded, and what is decoded
/// once more against all that the format says, since who forges a snapshot forges the checksum too.</remarks>
internal sealed class SnapshotReader<TValue> : IDisposable
    where TValue : unmanaged
{
    private readonly RadixTable<TValue> _table;
    private readonly byte[] _buffer;
    private readonly ulong[] _keys;
    private readonly TValue[] _values;
    private State _state;
    private int _have;
    private ulong _checksum;
    private long _entries;
    private long _blocks;
    private bool _any;
    private ulong _lastKey;

    public SnapshotReader(RadixTable<TValue> table)
    {
        SnapshotFormat.ThrowIfBigEndian();
        _table = table;
        // Narrowed values are read 8 bytes at a time; the checksum behind the last one makes room for that.
        _buffer = ArrayPool<byte>.Shared.Rent(SnapshotFormat.LargestBlock(Size));
        int entries = SnapshotFormat.EntriesPerBlock(Size);
        _keys = ArrayPool<ulong>.Shared.Rent(entries);
        _values = ArrayPool<TValue>.Shared.Rent(entries);
        Want = SnapshotFormat.HeaderSize;
    }

    private enum State
    {
        Header,
        BlockHeader,
        BlockRest,
        Ended,
    }

    private static int Size => Unsafe.SizeOf<TValue>();

    /// <summary>How many bytes it takes next; 0 at the end.</summary>
    public int Want { get; private set; }

    /// <summary>Where these bytes go.</summary>
    public Memory<byte> Room => _buffer.AsMemory(_have, Want);

    /// <summary>The bytes that were wanted are in their place.</summary>
    /// <exception cref="InvalidDataException">They are not what the format allows.</exception>
    public void Accept()
    {
        _have += Want;
        switch (_state)
        {
            case State.Header:
                ReadHeader();
                Expect(State.BlockHeader, SnapshotFormat.BlockHeaderSize);
                break;

            case State.BlockHeader:
                Expect(State.BlockRest, RestOfBlock());
                break;

            case State.BlockRest:
                ReadBlock();
                break;
        }
    }

    [DoesNotReturn]
    public void ThrowTruncated(Exception inner) => throw new InvalidDataException(
        $"The snapshot ends in {Place}, before its end block: it was cut off, or its writer did not finish. Nothing was loaded.", inner);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<ulong>.Shared.Return(_keys);
        ArrayPool<TValue>.Shared.Return(_values);
    }

    private string Place => _state == State.Header ? "its header" : $"block {_blocks}";

    private void Expect(State state, int bytes)
    {
        _state = state;
        Want = bytes;
        if (state != State.BlockRest) _have = 0;
    }

    private void ReadHeader()
    {
        ReadOnlySpan<byte> header = _buffer.AsSpan(0, SnapshotFormat.HeaderSize);
        if (!header.StartsWith(SnapshotFormat.Magic)) Refuse("it does not begin as one: these are other data, or a text transfer has changed them");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (!SnapshotFormat.IsSealed(header, ref _checksum)) Refuse("its checksum does not fit");
        if (version != SnapshotFormat.Version) Refuse($"it has version {version}, and this library reads version {SnapshotFormat.Version}");
        if (size != Size) Refuse($"its values have {size} bytes, and {typeof(TValue)} has {Size}; load it into a table of the type that was saved");
    }

    private (int Entries, int KeyBytes, int Width, ulong FirstKey) BlockHeader => (
        BinaryPrimitives.ReadInt32LittleEndian(_buffer),
        BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(4)),
        BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(8)),
        BinaryPrimitives.ReadUInt64LittleEndian(_buffer.AsSpan(12)));

    /// <summary>How much follows a block's header: no more than the buffer holds, whatever the header says.</summary>
    private int RestOfBlock()
    {
        var (entries, keyBytes, width, _) = BlockHeader;
        if (entries == 0)
        {
            if (keyBytes != 0 || width != 0) Refuse("an end block holds nothing");
            return SnapshotFormat.ChecksumSize;
        }
        int most = SnapshotFormat.EntriesPerBlock(Size);
        if (entries < 0 || entries > most) Refuse($"{(uint)entries} entries are more than the {most} that a block may have");
        if (keyBytes < 1 || keyBytes > entries * SnapshotFormat.MaxKeyBytes) Refuse($"{entries} keys do not take {(uint)keyBytes} bytes");
        if (width < (SnapshotFormat.IsNarrowed(Size) ? 1 : Size) || width > Size) Refuse($"values of {Size} bytes are not stored in {(uint)width}");
        return keyBytes + entries * width + SnapshotFormat.ChecksumSize;
    }

    private void ReadBlock()
    {
        if (!SnapshotFormat.IsSealed(_buffer.AsSpan(0, _have), ref _checksum)) Refuse("its checksum does not fit");
        var (entries, keyBytes, width, firstKey) = BlockHeader;
        if (entries == 0)
        {
            if (firstKey != (ulong)_entries) Refuse($"it ends after {_entries} entries, and should have {firstKey}");
            Expect(State.Ended, 0);
            return;
        }
        if (_any && firstKey <= _lastKey) Refuse("its keys do not ascend");
        int valuesAt = SnapshotFormat.BlockHeaderSize + keyBytes;
        DecodeKeys(entries, SnapshotFormat.BlockHeaderSize, valuesAt, firstKey);
        DecodeValues(entries, valuesAt, width);
        _table.Append(_keys.AsSpan(0, entries), _values.AsSpan(0, entries));
        _any = true;
        _entries += entries;
        _blocks++;
        Expect(State.BlockHeader, SnapshotFormat.BlockHeaderSize);
    }

    private void DecodeKeys(int entries, int at, int end, ulong key)
    {
        for (int done = 0; ;)
        {
            ulong more = DecodeNumber(ref at, end);
            if (more >= (ulong)(entries - done)) Refuse("a run is longer than its block");
            if (more > ulong.MaxValue - key) Refuse("a run goes beyond the last key");
            _lastKey = key + more;
            for (int i = 0; i <= (int)more; i++) _keys[done++] = key + (uint)i;
            if (done == entries) break;
            ulong gap = DecodeNumber(ref at, end);
            if (_lastKey > ulong.MaxValue - 2 || gap > ulong.MaxValue - 2 - _lastKey) Refuse("a run begins beyond the last key");
            key = _lastKey + 2 + gap;
        }
        if (at != end) Refuse("there are more keys than entries");
    }

    private void DecodeValues(int entries, int at, int width)
    {
        Span<TValue> values = _values.AsSpan(0, entries);
        if (!SnapshotFormat.IsNarrowed(Size))
        {
            _buffer.AsSpan(at, entries * width).CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }
        ulong mask = ulong.MaxValue >> (64 - 8 * width);
        foreach (ref TValue value in values)
        {
            ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(_buffer.AsSpan(at)) & mask;
            value = Unsafe.As<ulong, TValue>(ref bits);
            at += width;
        }
    }

    private ulong DecodeNumber(ref int at, int end)
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (at == end) Refuse("its keys end within a number");
            ulong part = _buffer[at++];
            if (shift == 63 && part > 1) Refuse("a number has more than 64 bits");
            number |= (part & 0x7F) << shift;
            if (part < 0x80) return number;
        }
    }

    [DoesNotReturn]
    private void Refuse(string reason) =>
        throw new InvalidDataException($"This is no sound snapshot of a RadixTable<{typeof(TValue).Name}>; {Place}: {reason}. Nothing was loaded.");
}
