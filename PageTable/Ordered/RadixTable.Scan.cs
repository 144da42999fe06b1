using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>Takes the entries of a scan, a block of neighbours in order at a time.</summary>
/// <typeparam name="TValue">The table's value type.</typeparam>
public interface IScanVisitor<TValue>
    where TValue : unmanaged
{
    /// <summary>Takes the next entries. Runs outside any read section of the table, and may use the table.</summary>
    /// <param name="keys">1 to 512 keys, ascending; good until the call returns.</param>
    /// <param name="values">The value of each.</param>
    /// <returns>Whether to go on.</returns>
    bool Visit(ReadOnlySpan<ulong> keys, ReadOnlySpan<TValue> values);
}

// Scans of many entries. Like enumeration they see every key of the range that is present throughout exactly once, others at most once, and
// copy in short sections; but they copy whole blocks to where they are wanted.
public sealed unsafe partial class RadixTable<TValue>
{
    private const int ScanBlock = Geometry.SlotsPerTable;
    private const int ScanBytes = ScanBlock * sizeof(ulong);

    /// <summary>Shows all entries of a range to a visitor, at about the speed of memory: blocks of up to 512 entries, no call per entry.</summary>
    /// <remarks>Sees every key that is present throughout exactly once, others at most once. Allocates nothing, if the visitor does not. The visitor is a
    /// struct so that the call can be inlined; what it has counted is in it afterwards.</remarks>
    /// <typeparam name="TVisitor">The visitor's type.</typeparam>
    /// <param name="first">The first key of the range.</param>
    /// <param name="last">The last key of the range, inclusive.</param>
    /// <param name="visitor">Takes the entries; its exceptions pass through.</param>
    /// <returns>Whether the whole range was shown; false where the visitor ended it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    [SkipLocalsInit]
    public bool Scan<TVisitor>(ulong first, ulong last, ref TVisitor visitor)
        where TVisitor : struct, IScanVisitor<TValue>, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        ThrowIfDisposed();
        int room = Math.Clamp(ScanBytes / sizeof(TValue), 1, ScanBlock);
        ulong* keyRoom = stackalloc ulong[ScanBlock];
        byte* valueRoom = stackalloc byte[Math.Max(ScanBytes, sizeof(TValue))];
        var keys = new Span<ulong>(keyRoom, room);
        var values = new Span<TValue>(valueRoom, room);
        for (bool ended = false; !ended;)
        {
            int count = Copy(ref first, last, isUp: true, keys, values, out ended);
            if (count > 0 && !visitor.Visit(keys[..count], values[..count])) return false;
        }
        return true;
    }

    /// <summary>Copies the first entries of a range, in ascending order of keys, as many as there is room for.</summary>
    /// <remarks>As <see cref="Scan"/>. To go on where it stopped, begin at the last key that was copied, plus 1.</remarks>
    /// <param name="first">The first key of the range.</param>
    /// <param name="last">The last key of the range, inclusive.</param>
    /// <param name="keys">Where the keys go.</param>
    /// <param name="values">Where their values go; as long as <paramref name="keys"/>.</param>
    /// <returns>How many entries were copied; fewer than there was room for only where the range has no more.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public int CopyTo(ulong first, ulong last, Span<ulong> keys, Span<TValue> values)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        ThrowIfLengthsDiffer(keys.Length, values.Length);
        ThrowIfDisposed();
        int count = 0;
        for (bool ended = false; !ended && count < keys.Length;)
        {
            count += Copy(ref first, last, isUp: true, keys[count..], values[count..], out ended);
        }
        return count;
    }

    /// <summary>Copies the first entries, in ascending order of keys, as many as there is room for.</summary>
    /// <remarks>As <see cref="CopyTo(ulong, ulong, Span{ulong}, Span{TValue})"/>, over all keys.</remarks>
    /// <param name="entries">Where the entries go.</param>
    /// <returns>How many entries were copied; fewer than there was room for only where the table has no more.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public int CopyTo(Span<KeyValuePair<ulong, TValue>> entries)
    {
        ThrowIfDisposed();
        int count = 0;
        if (entries.IsEmpty) return count;
        foreach (KeyValuePair<ulong, TValue> entry in this)
        {
            entries[count++] = entry;
            if (count == entries.Length) break;
        }
        return count;
    }

    /// <summary>The number of entries of a range, counted.</summary>
    /// <remarks>Looks at every node of the range. Exact when no writer runs; otherwise it counts every key that is present throughout, and others
    /// at most once. <see cref="Count"/> knows the number for the whole table without looking.</remarks>
    /// <param name="first">The first key of the range.</param>
    /// <param name="last">The last key of the range, inclusive.</param>
    /// <returns>How many keys of the range are in the table.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    [SkipLocalsInit]
    public long CountRange(ulong first, ulong last)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        long count = 0;
        for (bool ended = false; !ended;)
        {
            using ReadSection section = _domain.Enter();
            var walk = new OrderedWalk(_root);
            bool there = walk.MoveTo(first, isUp: true);
            if (walk.IsDisposed) ThrowHelper.ThrowDisposed();
            for (int nodes = 0; there && walk.FirstKey <= last && nodes < NodesPerSection; nodes++)
            {
                count += NodeScan.Count(walk.Node, first, last);
                if (walk.LastKey >= last) return count;
                first = walk.LastKey + 1;
                there = walk.Move(isUp: true);
            }
            ended = !there || walk.FirstKey > last;
        }
        GC.KeepAlive(this);
        return count;
    }

    /// <summary>Copies entries from <paramref name="next"/> on, up or down to <paramref name="bound"/>, from one section at most; <paramref name="next"/> is then
    /// where to go on.</summary>
    [SkipLocalsInit]
    private int Copy(ref ulong next, ulong bound, bool isUp, Span<ulong> keys, Span<TValue> values, out bool ended)
    {
        ulong* words = stackalloc ulong[ScanBlock];
        int count = 0;
        ended = false;
        fixed (ulong* keyRoom = keys)
        {
            using ReadSection section = _domain.Enter();
            var walk = new OrderedWalk(_root);
            bool there = walk.MoveTo(next, isUp);
            if (walk.IsDisposed) ThrowHelper.ThrowDisposed();
            for (int nodes = 0; there && nodes < NodesPerSection; nodes++)
            {
                if (isUp ? walk.FirstKey > bound : walk.LastKey < bound) break;
                int room = Math.Min(keys.Length - count, ScanBlock);
                int copied = NodeScan.Copy(walk.Node, next, bound, isUp, keyRoom + count, words, room);
                Decode(words, values.Slice(count, copied));
                count += copied;
                bool full = count == keys.Length; // otherwise the node is done with: it has no more than a block
                ulong done = full ? keys[count - 1] : isUp ? walk.LastKey : walk.FirstKey;
                if (isUp ? done >= bound : done <= bound)
                {
                    ended = true;
                    return count;
                }
                next = isUp ? done + 1 : done - 1;
                if (full) return count;
                there = walk.Move(isUp);
            }
            ended = !there || (isUp ? walk.FirstKey > bound : walk.LastKey < bound);
        }
        GC.KeepAlive(this);
        return count;
    }

    // None of the words is absent. Optimized at once, as the copying is.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Decode(ulong* words, Span<TValue> values)
    {
        foreach (ref TValue value in values)
        {
            TryRead(*words, out value);
            words++;
        }
    }

    private static void ThrowIfLengthsDiffer(int keys, int values)
    {
        if (keys != values) throw new ArgumentException($"There are {keys} keys and {values} values; the spans must have the same length.", nameof(values));
    }
}
