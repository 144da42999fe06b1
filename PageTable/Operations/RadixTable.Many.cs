using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

// Many entries in one call: one section, and one gather, for each group of them.
public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Keys of a group that lie closer together share their lines: there is nothing to fetch ahead.</summary>
    private const ulong ScatteredReach = Geometry.SlotsPerTable;

    /// <summary>Sets many keys, each as the indexer does, at less cost than one by one.</summary>
    /// <remarks>Each entry is put by itself, in the order given: not atomic across keys, and where a key comes twice the last value stays. Ascending keys
    /// are fastest; of scattered ones those of a group of 32 are fetched together. Allocates nothing on the managed heap.</remarks>
    /// <param name="keys">The keys, in any order.</param>
    /// <param name="values">The value of each.</param>
    /// <exception cref="ArgumentException">The spans differ in length. Nothing was put.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the message says how many entries were put before.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public void SetRange(ReadOnlySpan<ulong> keys, ReadOnlySpan<TValue> values) => StoreMany(MutationKind.Set, keys, values);

    /// <summary>Adds those of many keys that are not in the table, each as <see cref="TryAdd"/> does, at less cost than one by one.</summary>
    /// <remarks>As <see cref="SetRange"/>, except that a key that is in the table keeps its value.</remarks>
    /// <param name="keys">The keys, in any order.</param>
    /// <param name="values">The value of each.</param>
    /// <returns>How many keys were added.</returns>
    /// <exception cref="ArgumentException">The spans differ in length. Nothing was put.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the message says how many entries were done with before.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public int AddRange(ReadOnlySpan<ulong> keys, ReadOnlySpan<TValue> values) => StoreMany(MutationKind.Add, keys, values);

    [SkipLocalsInit]
    private int StoreMany(MutationKind kind, ReadOnlySpan<ulong> keys, ReadOnlySpan<TValue> values)
    {
        ThrowIfLengthsDiffer(keys.Length, values.Length);
        ThrowIfDisposed();
        int done = 0, applied = 0;
        MutationStatus status = MutationStatus.Applied;
        Unsafe.SkipInit(out BatchedLookup.Group group);
        var gather = new TableGather(_heap);
        try
        {
            while (done < keys.Length && status is MutationStatus.Applied or MutationStatus.Refused)
            {
                // As for a single store: back-pressure before the section, and never inside one of the caller's.
                if (!_domain.HasCapacity && _domain.CanWait) _domain.WaitForCapacity();
                using (ReadSection section = _domain.Enter())
                {
                    gather.ReaderId = section.ReaderId;
                    int end = Math.Min(done + BatchedLookup.GroupSize, keys.Length);
                    FetchAhead(keys[done..end], ref group);
                    do
                    {
                        var store = new Mutation { Kind = kind, Key = keys[done] };
                        status = StoreInSection(ref store, values[done], ref gather);
                        if (status is not (MutationStatus.Applied or MutationStatus.Refused)) break;
                        if (status == MutationStatus.Applied) applied++;
                        done++;
                    }
                    while (done < end && !gather.Owes);
                }
                gather.FlushIfFull();
                if (gather.Owes) _tree.Settle(ref gather);
            }
        }
        finally
        {
            gather.Dispose();
        }
        GC.KeepAlive(this);
        if (status == MutationStatus.NoMemory) ThrowHelper.ThrowOutOfMemory(done, keys.Length);
        if (status == MutationStatus.Disposed) ThrowHelper.ThrowDisposed();
        return applied;
    }

    // The stores that follow find their lines at hand. They walk for themselves: what is seen here may change.
    private void FetchAhead(ReadOnlySpan<ulong> keys, ref BatchedLookup.Group group)
    {
        if (keys[^1] - keys[0] < ScatteredReach) return;
        fixed (ulong* first = keys) BatchedLookup.Start(_root, first, keys.Length, ref group);
    }
}
