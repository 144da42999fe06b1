using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>A sum that many threads add to: one cell, and a cell for each processor from the first collision on.</summary>
/// <remarks>
/// The scheme of Java's <c>LongAdder</c> (Doug Lea, Striped64). While threads do not collide it costs one compare-and-swap and 8 bytes; a
/// collision shows that they do, and from then on each adds to the cell of the processor that it runs on. <see cref="Value"/> is exact
/// when nobody adds, otherwise it is off by at most what is being added meanwhile.
/// </remarks>
internal struct StripedCounter // a field of its user's, never copied
{
    private const int LongsPerCell = 16; // two lines, since processors fetch them in pairs

    private long _base;
    private long[]? _cells;

    public long Value
    {
        get
        {
            long sum = Volatile.Read(ref _base);
            if (Volatile.Read(ref _cells) is { } cells)
            {
                for (int i = LongsPerCell; i < cells.Length; i += LongsPerCell) sum += Volatile.Read(ref cells[i]);
            }
            return sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long delta)
    {
        if (_cells is null)
        {
            long seen = _base;
            if (Interlocked.CompareExchange(ref _base, seen + delta, seen) == seen) return;
        }
        AddSlow(delta);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddSlow(long delta)
    {
        if (Volatile.Read(ref _cells) is not { } cells)
        {
            int count = (int)uint.Min(256, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));
            long[] fresh;
            try
            {
                fresh = new long[(count + 1) * LongsPerCell]; // the first cell's place keeps the others off the array's header
            }
            catch (OutOfMemoryException)
            {
                Interlocked.Add(ref _base, delta); // slower, and never lost
                return;
            }
            cells = Interlocked.CompareExchange(ref _cells, fresh, null) ?? fresh;
        }
        int mask = cells.Length / LongsPerCell - 2;
        int cell = (Thread.GetCurrentProcessorId() & mask) + 1;
        Interlocked.Add(ref cells[cell * LongsPerCell], delta);
    }
}
