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
    /// Pass it by reference: a copy keeps a place whose node the other may have let go of, and using it is undefined. The cursor is a read section of its thread, from its opening to <see cref="Dispose"/>: it must not leave the thread, and while it is open nothing that is
    /// retired anywhere in the domain is freed. Call <see cref="Refresh"/> every few thousand steps of a long walk.
    /// <para>Each lookup answers for the moment of the call, as <see cref="TryGetValue(ulong, out TValue)"/> does. A value that carries no mark was read in a
    /// node that is linked, since a node leaves the tree when all of its words are frozen (design, F5). Before anything else is believed of the kept place,
    /// every word from the root down to it is compared with what it was (F6). Moves promise what <see cref="TryGetHigher"/> does. While another thread disposes
    /// the table, and so waits for the cursor, a key may still be found.</para>
    /// </remarks>
    public ref struct Cursor
    {
        private readonly RadixTable<TValue> _table;
        private ReadSection _section;
        private OrderedWalk _walk;
        private ulong _first;
        private ulong _last;
        private bool _isPlaced;

        // The node of the last key that was looked up without a place being taken in it.
        private ChildWord _visited;

        // The values of the node, where it is a window: a key's lies at its distance from the base.
        private ulong* _words;
        private ulong _base;
        private ulong _count;

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

        /// <summary>Moves to a key and looks it up: a few loads where the key lies in the node of the one before, otherwise at most two walks.</summary>
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

        /// <summary>Moves to the next higher key that is in the table: a few loads where that is a neighbour, otherwise as <see cref="TryGetHigher"/>.</summary>
        /// <returns>False where there is none; the cursor stays where it is.</returns>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public bool MoveNext() => Key != ulong.MaxValue && TryStep(Key + 1, isUp: true);

        /// <summary>Moves to the next lower key that is in the table, as <see cref="MoveNext"/> upwards.</summary>
        /// <returns>False where there is none; the cursor stays where it is.</returns>
        /// <exception cref="ObjectDisposedException">The table, or the cursor, is disposed.</exception>
        public bool MovePrevious() => Key != 0 && TryStep(Key - 1, isUp: false);

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
            Forget();
            _section.Dispose();
            _section = _table._domain.Enter();
        }

        /// <summary>Ends the read section. A second call does nothing.</summary>
        public void Dispose()
        {
            if (_table is null || !_section.IsActiveIn(_table._domain)) return;
            Forget();
            _section.Dispose();
            GC.KeepAlive(_table);
        }

        // In the window where the cursor is. The address has not come back as another node's meanwhile (F9): the section is the one in which the walk came
        // there.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly bool TryGetKept(ulong key, out TValue value)
        {
            ulong index = key - _base;
            if (index < _count && _section.IsActiveIn(_table._domain))
            {
                ulong word = new SharedWord(_words + index).Read();
                if (!ValueWord.IsFrozen(word) && TryRead(word, out value)) return true;
            }
            value = default;
            return false;
        }

        // In a bucket where the cursor is; absent where the way is what it was. Otherwise by a lookup, and when a second key comes to that node by a walk that
        // takes a place there: it costs more, and nodes of few keys would not repay it.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool TryGetSlow(ulong key, out TValue value)
        {
            ThrowIfEnded();
            if (IsKept(key))
            {
                ulong word = Read(_walk.Node, key);
                if (!ValueWord.IsFrozen(word) && TryRead(word, out value)) return true;
                if (_walk.IsCurrent) return TryRead(Read(_walk.Node, key), out value);
            }
            ulong* place = Lookup.FindPlace(_table._root, key, out ChildWord node);
            if (place != null && !node.Equals(_visited))
            {
                _visited = node;
                return TryRead(new SharedWord(place).Read(), out value);
            }
            if (Place(_walk.MoveTo(key, isUp: true)) && _first <= key) return TryRead(Read(_walk.Node, key), out value);
            Forget();
            value = default;
            return false;
        }

        private readonly bool IsKept(ulong key) => _isPlaced && key - _first <= _last - _first;

        private static ulong Read(ChildWord node, ulong key)
        {
            ulong* place = Terminal.Find(node, key);
            return place == null ? ValueWord.Absent : new SharedWord(place).Read();
        }

        // Between a key and its neighbour nothing can be passed over.
        private bool TryStep(ulong neighbour, bool isUp)
        {
            if (!TryGetKept(neighbour, out TValue value)) return TryMove(neighbour, isUp);
            Come(neighbour, value);
            return true;
        }

        private bool TryMove(ulong from, bool isUp)
        {
            ThrowIfEnded();
            // Nodes that stand empty are passed by; where the way changed meanwhile, the walk begins again at its key.
            bool there = (IsKept(from) && _walk.IsCurrent) || Place(_walk.MoveTo(from, isUp));
            while (there)
            {
                if (NodeScan.TryFind(_walk.Node, from, isUp, out ulong key, out ulong word) && TryRead(word, out TValue value))
                {
                    Come(key, value);
                    return true;
                }
                if (isUp ? _last == ulong.MaxValue : _first == 0) break;
                from = isUp ? Math.Max(from, _last + 1) : Math.Min(from, _first - 1);
                there = Place(_walk.MoveTo(from, isUp));
            }
            return false;
        }

        private void Come(ulong key, TValue value)
        {
            Key = key;
            HasValue = true;
            Value = value;
        }

        private bool Place(bool walked)
        {
            Forget();
            if (walked)
            {
                _isPlaced = true;
                _first = _walk.FirstKey;
                _last = _walk.LastKey;
                if (_walk.Node.IsBucket) return true;
                Window window = Terminal.Window(_walk.Node);
                _words = window.Words;
                _base = window.FirstKey;
                _count = (uint)window.Count;
            }
            else if (_walk.IsDisposed)
            {
                ThrowHelper.ThrowDisposed();
            }
            return walked;
        }

        private void Forget()
        {
            _isPlaced = false;
            _count = 0;
        }

        private readonly void ThrowIfEnded()
        {
            if (_table is null || !_section.IsActiveIn(_table._domain)) ThrowHelper.ThrowCursorEnded();
        }
    }
}
