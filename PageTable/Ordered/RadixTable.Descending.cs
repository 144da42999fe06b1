using System.Collections;
using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>All entries, in descending order of keys; enumerate it as the table itself.</summary>
    /// <returns>An enumerable struct; it may be enumerated any number of times.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public DescendingEnumerable EnumerateDescending() => EnumerateRangeDescending(0, ulong.MaxValue);

    /// <summary>The entries of a range of keys, in descending order; enumerate it as the table itself.</summary>
    /// <remarks>As with <see cref="EnumerateRange"/>, every key that is present throughout is seen exactly once, others at most once, no read section is
    /// held between calls, and nothing is allocated.</remarks>
    /// <param name="first">The lowest key of the range, which comes last.</param>
    /// <param name="last">The highest key of the range, inclusive, which comes first.</param>
    /// <returns>An enumerable struct; it may be enumerated any number of times.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public DescendingEnumerable EnumerateRangeDescending(ulong first, ulong last)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        ThrowIfDisposed();
        return new DescendingEnumerable(this, first, last);
    }

    /// <summary>A range of a table's keys, to be enumerated downwards.</summary>
    public readonly struct DescendingEnumerable : IEnumerable<KeyValuePair<ulong, TValue>>
    {
        private readonly RadixTable<TValue> _table;
        private readonly ulong _first;
        private readonly ulong _last;

        internal DescendingEnumerable(RadixTable<TValue> table, ulong first, ulong last)
        {
            _table = table;
            _first = first;
            _last = last;
        }

        /// <summary>Enumerates the range in descending order of keys.</summary>
        /// <returns>A struct enumerator.</returns>
        public DescendingEnumerator GetEnumerator() => new(_table, _first, _last);

        IEnumerator<KeyValuePair<ulong, TValue>> IEnumerable<KeyValuePair<ulong, TValue>>.GetEnumerator() => GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Enumerates entries in descending order of keys.</summary>
    /// <remarks>It copies up to 64 entries in one short read section, then gives them out; what is kept between sections is a key, never a
    /// place in the tree.</remarks>
    public struct DescendingEnumerator : IEnumerator<KeyValuePair<ulong, TValue>>
    {
        private EntryBuffer _entries;

        internal DescendingEnumerator(RadixTable<TValue> table, ulong first, ulong last)
        {
            _entries = new EntryBuffer(table, last, first);
        }

        /// <summary>The entry that the enumerator is at.</summary>
        public readonly KeyValuePair<ulong, TValue> Current => _entries.Current;

        readonly object IEnumerator.Current => Current;

        /// <summary>Goes to the next entry.</summary>
        /// <returns>False where there is none.</returns>
        /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext() => _entries.TryMove(isUp: false);

        /// <summary>Not supported: take a new enumerator.</summary>
        /// <exception cref="NotSupportedException">Always.</exception>
        public readonly void Reset() => throw new NotSupportedException("Take a new enumerator instead.");

        /// <summary>Does nothing: the enumerator holds nothing.</summary>
        public readonly void Dispose()
        {
        }
    }
}
