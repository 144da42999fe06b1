namespace Alloc.PageTable;

/// <summary>Drives the writer and the reader of snapshots over a stream.</summary>
internal static class Snapshot
{
    public static async Task<long> SaveAsync<TValue>(RadixTable<TValue> table, Stream stream, CancellationToken cancellationToken)
        where TValue : unmanaged
    {
        using var writer = new SnapshotWriter<TValue>(table);
        while (writer.TryNext(out ReadOnlyMemory<byte> piece)) await stream.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
        return writer.Entries;
    }

    public static void Load<TValue>(RadixTable<TValue> table, Stream stream)
        where TValue : unmanaged
    {
        using var reader = new SnapshotReader<TValue>(table);
        while (reader.Want > 0)
        {
            try
            {
                stream.ReadExactly(reader.Room.Span);
            }
            catch (EndOfStreamException e)
            {
                reader.ThrowTruncated(e);
            }
            reader.Accept();
        }
    }

    public static async Task<RadixTable<TValue>> LoadAsync<TValue>(
        RadixTable<TValue> table, Stream stream, Action<RadixTable<TValue>> giveUp, CancellationToken cancellationToken)
        where TValue : unmanaged
    {
        try
        {
            using var reader = new SnapshotReader<TValue>(table);
            while (reader.Want > 0)
            {
                try
                {
                    await stream.ReadExactlyAsync(reader.Room, cancellationToken).ConfigureAwait(false);
                }
                catch (EndOfStreamException e)
                {
                    reader.ThrowTruncated(e);
                }
                reader.Accept();
            }
            return table;
        }
        catch
        {
            giveUp(table);
            throw;
        }
    }
}
