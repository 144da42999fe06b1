using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

// Keys as ids: the lowest free one, and one that nobody else gets. A search takes a node's gap; a front of full blocks it skips by FullBlocks.
public sealed unsafe partial class RadixTable<TValue>
{
    private FullBlocks? _fullBlocks;

    /// <summary>The lowest key of a range that is not in the table.</summary>
    /// <remarks>While nobody writes, exactly that. While others write, the key was free at a moment during the call, and a lower one that was freed
    /// meanwhile may be missed. A few steps, however many keys before it are taken, once a search has been there; the first one looks at
    /// each block of 512 keys. Takes nothing: see <see cref="TryAllocateKey"/>.</remarks>
    /// <param name="first">The first key of the range.</param>
    /// <param name="last">The last key of the range, inclusive.</param>
    /// <param name="key">The free key, or 0.</param>
    /// <returns>False where every key of the range is in the table.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryFindFirstFree(ulong first, ulong last, out ulong key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        ThrowIfDisposed();
        while (true)
        {
            ulong block = first >> Geometry.BitsPerTable;
            if (_fullBlocks is { } full)
            {
                if (!full.TryFindNotFull(block, out ulong open) || open > last >> Geometry.BitsPerTable) break;
                if (open != block) first = open << Geometry.BitsPerTable;
                block = open;
            }
            ulong end = first | Geometry.IndexMask;
            if (TryFindFreeInBlock(first, Math.Min(end, last), out key)) return true;
            bool whole = first == block << Geometry.BitsPerTable && end <= last;
            if (whole || new Blocks { Table = this }.IsFull(block)) NoteFull(block);
            if (end >= last) break;
            first = end + 1;
        }
        key = 0;
        return false;
    }

    /// <summary>Adds a value under the lowest key of a range that is free, and tells which: an id.</summary>
    /// <remarks>No key is given to two callers. Lock-free: where another has taken the key meanwhile, the search goes on behind it. As fast as
    /// <see cref="TryFindFirstFree"/> and <see cref="TryAdd"/> together. A key that is removed may be given again at once.</remarks>
    /// <param name="first">The first key of the range.</param>
    /// <param name="last">The last key of the range, inclusive.</param>
    /// <param name="value">The value to add.</param>
    /// <param name="key">The key that was taken, or 0.</param>
    /// <returns>False where every key of the range is in the table; one that is freed during the call may be missed.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryAllocateKey(ulong first, ulong last, TValue value, out ulong key)
    {
        while (TryFindFirstFree(first, last, out key))
        {
            if (TryAdd(key, value)) return true;
            if (key == last) break;
            first = key + 1;
        }
        key = 0;
        return false;
    }

    /// <summary>As <see cref="TryAllocateKey"/>, but begins behind the key that was given last, and goes round at the end of the range: a key that
    /// was removed is not given again soon.</summary>
    /// <param name="first">The first key of the range.</param>
    /// <param name="last">The last key of the range, inclusive.</param>
    /// <param name="next">Where to begin; then the key behind the one that was given. The caller keeps it from call to call, and may share it among threads.</param>
    /// <param name="value">The value to add.</param>
    /// <param name="key">The key that was taken, or 0.</param>
    /// <returns>False where every key of the range is in the table; one that is freed during the call may be missed.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryAllocateKeyCyclic(ulong first, ulong last, ref ulong next, TValue value, out ulong key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        ulong start = Volatile.Read(ref next);
        if (start < first || start > last) start = first;
        bool taken = TryAllocateKey(start, last, value, out key) || (start > first && TryAllocateKey(first, start - 1, value, out key));
        if (taken) Volatile.Write(ref next, key == last ? first : key + 1);
        return taken;
    }

    [SkipLocalsInit]
    private bool TryFindFreeInBlock(ulong first, ulong last, out ulong key)
    {
        using ReadSection section = _domain.Enter();
        var walk = new OrderedWalk(_root);
        bool there = walk.MoveTo(first, isUp: true);
        if (walk.IsDisposed) ThrowHelper.ThrowDisposed();
        while (there && walk.FirstKey <= first)
        {
            if (NodeScan.TryFindFree(walk.Node, first, Math.Min(walk.LastKey, last), out key)) return true;
            if (walk.LastKey >= last) return false;
            first = walk.LastKey + 1;
            there = walk.Move(isUp: true);
        }
        key = first; // no node has it in its range
        GC.KeepAlive(this);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NoteFull(ulong block)
    {
        FullBlocks? full = _fullBlocks;
        if (full is null)
        {
            // Whoever removes a key of the block after this sees it, whoever did before is seen by the second look.
            var made = new FullBlocks(new RadixTableOptions { Allocator = _heap.Pages, Domain = _domain });
            full = Interlocked.CompareExchange(ref _fullBlocks, made, null);
            if (full is null) full = made;
            else made.GiveUp();
        }
        full.Set(block, new Blocks { Table = this });
    }

    private struct Blocks : IBlocks
    {
        public required RadixTable<TValue> Table { get; init; }

        public readonly bool IsFull(ulong block)
        {
            ulong first = block << Geometry.BitsPerTable;
            return !Table.TryFindFreeInBlock(first, first | Geometry.IndexMask, out _);
        }
    }
}
