using System.Collections;
using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Enumerates all entries in ascending order of keys, without allocating.</summary>
    /// <remarks>Every key that is present throughout is seen exactly once, others at most once, each with a value that it had during the loop. The enumerator holds no read section between
    /// calls: it copies up to 64 entries at a time by one walk, so a loop may pause, write to the table, or never end, at no one's cost.</remarks>
    /// <returns>A struct enumerator; do not copy it while it runs.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public Enumerator GetEnumerator()
    {
        ThrowIfDisposed();
        return new Enumerator(this, 0, ulong.MaxValue);
    }

    /// <summary>The entries of a range of keys, in ascending order; enumerate it as the table itself.</summary>
    /// <param name="first">The first key of the range.</param>
    /// <param name="last">The last key of the range, inclusive.</param>
    /// <returns>An enumerable struct; it may be enumerated any number of times.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public RangeEnumerable EnumerateRange(ulong first, ulong last)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        ThrowIfDisposed();
        return new RangeEnumerable(this, first, last);
    }

    IEnumerator<KeyValuePair<ulong, TValue>> IEnumerable<KeyValuePair<ulong, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A range of a table's keys, to be enumerated.</summary>
    public readonly struct RangeEnumerable : IEnumerable<KeyValuePair<ulong, TValue>>
    {
        private readonly RadixTable<TValue> _table;
        private readonly ulong _first;
        private readonly ulong _last;

        internal RangeEnumerable(RadixTable<TValue> table, ulong first, ulong last)
        {
            _table = table;
            _first = first;
            _last = last;
        }

        /// <summary>Enumerates the range in ascending order of keys.</summary>
        /// <returns>A struct enumerator.</returns>
        public Enumerator GetEnumerator() => new(_table, _first, _last);

        IEnumerator<KeyValuePair<ulong, TValue>> IEnumerable<KeyValuePair<ulong, TValue>>.GetEnumerator() => GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Enumerates entries in ascending order of keys.</summary>
    /// <remarks>It copies up to 64 entries in one short read section, then gives them out; what is kept between sections is a key, never a
    /// place in the tree.</remarks>
    public struct Enumerator : IEnumerator<KeyValuePair<ulong, TValue>>
    {
        private EntryBuffer _entries;

        internal Enumerator(RadixTable<TValue> table, ulong first, ulong last)
        {
            _entries = new EntryBuffer(table, first, last);
        }

        /// <summary>The entry that the enumerator is at.</summary>
        public readonly KeyValuePair<ulong, TValue> Current => _entries.Current;

        readonly object IEnumerator.Current => Current;

        /// <summary>Goes to the next entry.</summary>
        /// <returns>False where there is none.</returns>
        /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext() => _entries.TryMove(isUp: true);

        /// <summary>Not supported: take a new enumerator.</summary>
        /// <exception cref="NotSupportedException">Always.</exception>
        public readonly void Reset() => throw new NotSupportedException("Take a new enumerator instead.");

        /// <summary>Does nothing: the enumerator holds nothing.</summary>
        public readonly void Dispose()
        {
        }
    }
}
