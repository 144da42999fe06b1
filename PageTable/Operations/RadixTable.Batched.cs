using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    private const int BatchedPerSection = 8 * BatchedLookup.GroupSize;

    /// <summary>
    /// Looks many keys up at once, several times faster than one by one where the table is larger than the caches: their walks go down
    /// together, so that they wait for memory together. One short read section for each 256 keys.
    /// </summary>
    /// <param name="keys">Keys in any order, the same one several times if need be.</param>
    /// <param name="values">At place i the value of key i, or default; at least as long as <paramref name="keys"/>.</param>
    /// <param name="found">At place i whether key i is in the table; at least as long as <paramref name="keys"/>.</param>
    /// <returns>How many of the keys are in the table.</returns>
    /// <remarks>Each lookup is linearizable by itself; the whole is no snapshot. Keys may overlap neither result span.</remarks>
    /// <exception cref="ArgumentException">A result span is shorter than <paramref name="keys"/>; nothing was written.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public int TryGetValues(ReadOnlySpan<ulong> keys, Span<TValue> values, Span<bool> found)
    {
        if (values.Length < keys.Length) ThrowHelper.ThrowTooShort(nameof(values));
        if (found.Length < keys.Length) ThrowHelper.ThrowTooShort(nameof(found));
        int hits = 0;
        fixed (ulong* first = keys)
        {
            for (int at = 0; at < keys.Length; at += BatchedPerSection)
            {
                int count = Math.Min(BatchedPerSection, keys.Length - at);
                // Nothing in here throws, so the section needs no finally.
                ReadSection section = _domain.Enter();
                hits += FindMany(first + at, values.Slice(at, count), found.Slice(at, count));
                section.Dispose();
            }
        }
        GC.KeepAlive(this);
        if (hits < keys.Length || keys.IsEmpty) _ = Missing();
        return hits;
    }

    // One group walks while the lines of the one before are under way.
    [SkipLocalsInit]
    private int FindMany(ulong* keys, Span<TValue> values, Span<bool> found)
    {
        Unsafe.SkipInit(out BatchedLookup.Group group);
        Unsafe.SkipInit(out BatchedLookup.Group next);
        int hits = 0;
        BatchedLookup.Start(_root, keys, Math.Min(BatchedLookup.GroupSize, values.Length), ref group);
        for (int at = 0; at < values.Length; at += BatchedLookup.GroupSize)
        {
            int left = values.Length - at, count = Math.Min(BatchedLookup.GroupSize, left);
            if (left > count) BatchedLookup.Start(_root, keys + at + count, Math.Min(BatchedLookup.GroupSize, left - count), ref next);
            BatchedLookup.Finish(_root, keys + at, count, ref group);
            Span<TValue> groupValues = values.Slice(at, count);
            Span<bool> groupFound = found.Slice(at, count);
            for (int i = 0; i < groupValues.Length; i++)
            {
                bool hit = TryRead(group.Words[i], out groupValues[i]);
                groupFound[i] = hit;
                hits += hit ? 1 : 0;
            }
            group = next;
        }
        return hits;
    }
}
