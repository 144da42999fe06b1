namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Writes all entries to a stream, for <see cref="LoadFrom(Stream, RadixTableOptions?)"/> to read.</summary>
    /// <remarks>
    /// <para>May run while others write: each entry is one that the table had during the call, every key present throughout is saved exactly once,
    /// others at most once; it is not one moment's picture of the whole. No read section is held while the stream is written.</para>
    /// <para>Ordered, versioned and checksummed; about 6 bytes an entry for neighbouring keys with 48-bit values, and 2 to 7 more for
    /// scattered keys. A value is saved as its bytes in memory, padding included: pointers mean nothing to another process. Takes linear
    /// time and less than 100 KiB of memory. The stream is neither flushed nor closed.</para>
    /// </remarks>
    /// <param name="stream">Where to write.</param>
    /// <returns>How many entries were written.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed. What was written until then is no whole snapshot.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian.</exception>
    public long SaveTo(Stream stream)
    {
        ThrowIfCannotWrite(stream);
        using var writer = new SnapshotWriter<TValue>(this);
        while (writer.TryNext(out ReadOnlyMemory<byte> piece)) stream.Write(piece.Span);
        return writer.Entries;
    }

    /// <summary>As <see cref="SaveTo"/>, without blocking a thread on the stream.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="cancellationToken">Ends the call early; what was written until then is no whole snapshot.</param>
    /// <returns>How many entries were written.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed. What was written until then is no whole snapshot.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian.</exception>
    public Task<long> SaveToAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ThrowIfCannotWrite(stream);
        return Snapshot.SaveAsync(this, stream, cancellationToken);
    }

    /// <summary>Makes a table of what <see cref="SaveTo"/> has written.</summary>
    /// <remarks>
    /// All or nothing: what is truncated, damaged, forged, of another version or of another value size is refused, and no table and no memory is left.
    /// Takes linear time and, beside the table, less than 100 KiB, whatever the stream says. Reads the snapshot to its end and no byte
    /// further. That <typeparamref name="TValue"/> is the type that was saved is checked by its size only.
    /// To bound what an untrusted snapshot can take, load it with an allocator that has <see cref="Alloc.Native.PageAllocatorOptions.MaxBytes"/>.
    /// </remarks>
    /// <param name="stream">Where to read.</param>
    /// <param name="options">Where memory and read sections come from; null for the process-wide defaults.</param>
    /// <returns>A new table.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting of <paramref name="options"/> is out of its range.</exception>
    /// <exception cref="InvalidDataException">The stream holds no sound snapshot of such a table.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused.</exception>
    /// <exception cref="NotSupportedException">A <typeparamref name="TValue"/> is larger than 4,072 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The allocator or the domain is disposed.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian.</exception>
#pragma warning disable CA1000 // A stream does not tell the type, so a generic method would have to be told it just the same.
    public static RadixTable<TValue> LoadFrom(Stream stream, RadixTableOptions? options = null)
    {
        ThrowIfCannotRead(stream);
        var table = new RadixTable<TValue>(options);
        try
        {
            Snapshot.Load(table, stream);
            return table;
        }
        catch
        {
            table.GiveUp();
            throw;
        }
    }

    /// <summary>As <see cref="LoadFrom"/>, without blocking a thread on the stream.</summary>
    /// <param name="stream">Where to read.</param>
    /// <param name="options">Where memory and read sections come from; null for the process-wide defaults.</param>
    /// <param name="cancellationToken">Ends the call early; no table is left.</param>
    /// <returns>A new table.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting of <paramref name="options"/> is out of its range.</exception>
    /// <exception cref="InvalidDataException">The stream holds no sound snapshot of such a table.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused.</exception>
    /// <exception cref="NotSupportedException">A <typeparamref name="TValue"/> is larger than 4,072 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The allocator or the domain is disposed.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian.</exception>
    public static Task<RadixTable<TValue>> LoadFromAsync(
        Stream stream, RadixTableOptions? options = null, CancellationToken cancellationToken = default)
    {
        ThrowIfCannotRead(stream);
        return Snapshot.LoadAsync(new RadixTable<TValue>(options), stream, static table => table.GiveUp(), cancellationToken);
    }
#pragma warning restore CA1000

    private static void ThrowIfCannotWrite(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite) throw new ArgumentException("The stream cannot be written, or is closed.", nameof(stream));
    }

    private static void ThrowIfCannotRead(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("The stream cannot be read, or is closed.", nameof(stream));
    }
}
