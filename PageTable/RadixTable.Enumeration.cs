using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Enumerates all entries in ascending order of keys, without allocating.</summary>
    /// <remarks>Every key that is present throughout is seen exactly once, others at most once. The enumerator holds no read section between
    /// calls: it copies up to 64 entries at a time, so a loop may pause, write to the table, or never end, at no one's cost.</remarks>
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
    /// <remarks>It copies a window of neighbouring keys in one short read section, then gives them out; what is kept between sections is a
    /// key, never a place in the tree.</remarks>
    public struct Enumerator : IEnumerator<KeyValuePair<ulong, TValue>>
    {
        private const int BufferBytes = 64 * sizeof(ulong);
        private const int NodesPerSection = 16;

        private readonly RadixTable<TValue> _table;
        private readonly ulong _last;
        private ulong _next;
        private bool _ended;
        private bool _isHashed;
        private int _index;
        private ulong _present;
        private ulong _windowFirst;
        private Buffer _keys;
        private Buffer _buffer;
        private TValue _large;

        internal Enumerator(RadixTable<TValue> table, ulong first, ulong last)
        {
            _table = table;
            _next = first;
            _last = last;
        }

        private static int Capacity => Math.Clamp(BufferBytes / Unsafe.SizeOf<TValue>(), 1, 64);

        private static bool IsBuffered => Unsafe.SizeOf<TValue>() <= BufferBytes;

        /// <summary>The entry that the enumerator is at.</summary>
        public readonly KeyValuePair<ulong, TValue> Current =>
            new(_isHashed ? _keys[_index] : _windowFirst + (uint)_index, IsBuffered ? Buffered(in _buffer, _index) : _large);

        readonly object IEnumerator.Current => Current;

        /// <summary>Goes to the next entry.</summary>
        /// <returns>False where there is none.</returns>
        /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            if (_present == 0 && !TryFill()) return false;
            _index = BitOperations.TrailingZeroCount(_present);
            _present &= _present - 1;
            return true;
        }

        /// <summary>Not supported: take a new enumerator.</summary>
        /// <exception cref="NotSupportedException">Always.</exception>
        public readonly void Reset() => throw new NotSupportedException("Take a new enumerator instead.");

        /// <summary>Does nothing: the enumerator holds nothing.</summary>
        public readonly void Dispose()
        {
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool TryFill()
        {
            while (!_ended)
            {
                using ReadSection section = _table._domain.Enter();
                for (int i = 0; i < NodesPerSection && !_ended; i++)
                {
                    if (TryFillFromNextNode()) return true;
                }
            }
            return false;
        }

        private bool TryFillFromNextNode()
        {
            var walk = new OrderedWalk(_table._root, _last);
            if (!walk.MoveToTerminal(_next))
            {
                if (walk.IsDisposed) ThrowHelper.ThrowDisposed();
                _ended = true;
                return false;
            }
            ChildWord node = walk.Path.Word;
            ulong end = walk.LastKey;
            _isHashed = node.IsBucket;
            if (_isHashed) FillFromBucket(node.Bucket, end);
            else FillFromWindow(Terminal.Window(node), end);
            return _present != 0;
        }

        private void FillFromWindow(Window window, ulong end)
        {
            window.Clip(_next, _last, out int from, out int to);
            for (from = window.NextValue(from, to); from <= to && _present == 0; from = window.NextValue(from, to))
            {
                _windowFirst = window.FirstKey + (uint)from;
                int count = Math.Min(Capacity, to + 1 - from);
                for (int i = 0; i < count; i++)
                {
                    if (TryRead(window[from + i].Read(), out Slot(i))) _present |= 1UL << i;
                }
                from += count;
            }
            // The window may end before the range of its node does.
            GoOnBehind(from <= to ? window.FirstKey + (uint)from - 1 : end);
        }

        [SkipLocalsInit]
        private void FillFromBucket(Bucket bucket, ulong end)
        {
            Unsafe.SkipInit(out ContentMemory memory);
            var content = new Content((ulong*)&memory);
            bucket.Collect(_next, _last, ref content);
            int count = content.SortLowest(Capacity);
            for (int i = 0; i < count; i++)
            {
                _keys[i] = content.Keys[i];
                if (TryRead(content.Words[i], out Slot(i))) _present |= 1UL << i;
            }
            GoOnBehind(count < content.Count ? content.Keys[count - 1] : end);
        }

        private void GoOnBehind(ulong key)
        {
            _ended = key >= _last;
            _next = key + 1;
        }

        [UnscopedRef]
        private ref TValue Slot(int index)
        {
            if (!IsBuffered) return ref _large;
            return ref Unsafe.Add(ref Unsafe.As<Buffer, TValue>(ref _buffer), index);
        }

        private static TValue Buffered(ref readonly Buffer buffer, int index) =>
            Unsafe.Add(ref Unsafe.As<Buffer, TValue>(ref Unsafe.AsRef(in buffer)), index);

        [InlineArray(BufferBytes / sizeof(ulong))]
        private struct Buffer
        {
            private ulong _first;
        }
    }
}
