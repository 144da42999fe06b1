using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Opens a cursor: a place in the table that is quickly moved to neighbouring keys.</summary>
    /// <returns>A cursor for the calling thread; dispose it soon, since it is a read section.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public Cursor OpenCursor()
    {
        ThrowIfDisposed();
        return new Cursor(this);
    }

    /// <summary>
    /// A place in a table. It keeps the way from the root to the node where it last was, and as long as that way has not changed, keys of the same node
    /// are found without a walk: sorted or clustered probes cost a few loads each.
    /// </summary>
    /// <remarks>
    /// The cursor is a read section of its thread, from its opening to <see cref="Dispose"/>: it must not leave the thread, and while it is open nothing that is
    /// retired anywhere in the domain is freed. Call <see cref="Refresh"/> every few thousand steps of a long walk.
    /// <para>Each lookup answers for the moment of the call, as <see cref="TryGetValue(ulong, out TValue)"/> does. A value that carries no mark was read in a
    /// node that is linked, since a node leaves the tree when all of its words are frozen (design, F5). Before anything else is believed of the kept place,
    /// every word from the root down to it is compared with what it was (F6). Moves promise what <see cref="TryGetHigher"/> does.</para>
    /// </remarks>
    public ref struct Cursor
    {
        private readonly RadixTable<TValue> _table;
        private ReadSection _section;
        private OrderedWalk _walk;
        private ulong _first;
        private ulong _last;
        private bool _isPlaced;

        internal Cursor(RadixTable<TValue> table)
        {
            _table = table;
            _section = table._domain.Enter();
            _walk = new OrderedWalk(table._root);
        }

        /// <summary>The key at which the cursor is; 0 before the first move.</summary>
        public ulong Key { get; private set; }

        /// <summary>Whether <see cref="Key"/> was in the table when the cursor came to it.</summary>
        public bool HasValue { get; private set; }

        /// <summary>The value that <see cref="Key"/> had when the cursor came to it, or default.</summary>
        public TValue Value { get; private set; }

        /// <summary>Moves to a key and looks it up.</summary>
        /// <param name="key">Any key.</param>
        /// <param name="value">Its value, or default.</param>
        /// <returns>Whether the key is in the table.</returns>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool TryGetValue(ulong key, out TValue value)
        {
            bool found = TryGetKept(key, out value) || TryGetSlow(key, out value);
            Key = key;
            HasValue = found;
            Value = value;
            return found;
        }

        /// <summary>Moves to a key.</summary>
        /// <param name="key">Any key.</param>
        /// <returns>Whether the key is in the table.</returns>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public bool MoveTo(ulong key) => TryGetValue(key, out _);

        /// <summary>Moves to the next higher key that is in the table.</summary>
        /// <returns>False where there is none; the cursor stays where it is.</returns>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public bool MoveNext() => Key != ulong.MaxValue && TryMove(Key + 1, isUp: true);

        /// <summary>Moves to the next lower key that is in the table.</summary>
        /// <returns>False where there is none; the cursor stays where it is.</returns>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public bool MovePrevious() => Key != 0 && TryMove(Key - 1, isUp: false);

        /// <summary>Moves to a key or, where that is not in the table, to the next higher one that is.</summary>
        /// <param name="key">Any key.</param>
        /// <returns>False where there is none; the cursor stays where it is.</returns>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public bool MoveToCeiling(ulong key) => TryMove(key, isUp: true);

        /// <summary>Moves to a key or, where that is not in the table, to the next lower one that is.</summary>
        /// <param name="key">Any key.</param>
        /// <returns>False where there is none; the cursor stays where it is.</returns>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public bool MoveToFloor(ulong key) => TryMove(key, isUp: false);

        /// <summary>Sets the value of <see cref="Key"/>, as the table's indexer does.</summary>
        /// <param name="value">The value to put.</param>
        /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public void Set(TValue value)
        {
            ThrowIfEnded();
            _table[Key] = value;
            HasValue = true;
            Value = value;
        }

        /// <summary>Ends the read section and enters a new one, so that what was retired meanwhile may be freed. The cursor keeps its key and forgets its place.</summary>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public void Refresh()
        {
            ThrowIfEnded();
            _isPlaced = false;
            _section.Dispose();
            _section = _table._domain.Enter();
        }

        /// <summary>Ends the read section. A second call does nothing.</summary>
        public void Dispose()
        {
            if (_table is null || !_section.IsActiveIn(_table._domain)) return;
            _isPlaced = false;
            _section.Dispose();
            GC.KeepAlive(_table);
        }

        // In the node where the cursor is, if that is the key's. The address has not come back as another node's meanwhile (F9): the section is the one
        // in which the walk came there.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly bool TryGetKept(ulong key, out TValue value)
        {
            if (IsKept(key))
            {
                ulong word = Read(_walk.Node, key);
                if (!ValueWord.IsFrozen(word) && TryRead(word, out value)) return true;
            }
            value = default;
            return false;
        }

        // Absent where the way is what it was; otherwise the walk begins again.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool TryGetSlow(ulong key, out TValue value)
        {
            ThrowIfEnded();
            if (IsKept(key) && _walk.IsCurrent) return TryRead(Read(_walk.Node, key), out value);
            if (Place(_walk.MoveTo(key, isUp: true)) && _first <= key) return TryRead(Read(_walk.Node, key), out value);
            _isPlaced = false;
            value = default;
            return false;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly bool IsKept(ulong key) =>
            _isPlaced && key - _first <= _last - _first && _section.IsActiveIn(_table._domain) && _table._root.Read() != ChildWord.Disposed.Bits;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong Read(ChildWord node, ulong key)
        {
            ulong* place = Terminal.Find(node, key);
            return place == null ? ValueWord.Absent : new SharedWord(place).Read();
        }

        private bool TryMove(ulong from, bool isUp)
        {
            ThrowIfEnded();
            // Nodes that stand empty are passed by; where the way changed meanwhile, the walk begins again at its key.
            bool there = IsKept(from) && _walk.IsCurrent;
            if (!there) there = Place(_walk.MoveTo(from, isUp));
            while (there)
            {
                if (NodeScan.TryFind(_walk.Node, from, isUp, out ulong key, out ulong word) && TryRead(word, out TValue value))
                {
                    Key = key;
                    HasValue = true;
                    Value = value;
                    return true;
                }
                if (isUp ? _last == ulong.MaxValue : _first == 0) break;
                from = isUp ? Math.Max(from, _last + 1) : Math.Min(from, _first - 1);
                there = Place(_walk.MoveTo(from, isUp));
            }
            return false;
        }

        private bool Place(bool walked)
        {
            _isPlaced = walked;
            if (walked)
            {
                _first = _walk.FirstKey;
                _last = _walk.LastKey;
            }
            else if (_walk.IsDisposed)
            {
                ThrowHelper.ThrowDisposed();
            }
            return walked;
        }

        private readonly void ThrowIfEnded()
        {
            if (_table is null || !_section.IsActiveIn(_table._domain)) ThrowHelper.ThrowCursorEnded();
        }
    }
}
