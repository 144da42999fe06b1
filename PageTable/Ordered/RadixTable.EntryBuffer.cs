using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>What an enumerator holds: up to 64 entries, copied in one short section, and the key to go on from.</summary>
    private struct EntryBuffer
    {
        private const int Most = 64;

        private readonly RadixTable<TValue> _table;
        private readonly ulong _bound;
        private ulong _next;
        private bool _ended;
        private int _index;
        private int _count;
        private Words _keys;
        private Words _values;
        private TValue _large;

        /// <param name="table">The table.</param>
        /// <param name="next">The first key to look at.</param>
        /// <param name="bound">The last one.</param>
        public EntryBuffer(RadixTable<TValue> table, ulong next, ulong bound)
        {
            _table = table;
            _next = next;
            _bound = bound;
        }

        private static int Capacity => Math.Clamp(Most * sizeof(ulong) / sizeof(TValue), 1, Most);

        public readonly KeyValuePair<ulong, TValue> Current
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                if (Capacity == 1) return new(_keys[0], _large);
                ref TValue first = ref Unsafe.As<Words, TValue>(ref Unsafe.AsRef(in _values));
                return new(_keys[_index], Unsafe.Add(ref first, _index));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool TryMove(bool isUp)
        {
            if (_index + 1 >= _count) return TryFill(isUp);
            _index++;
            return true;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool TryFill(bool isUp)
        {
            Span<ulong> keys = ((Span<ulong>)_keys)[..Capacity];
            Span<TValue> values = Capacity == 1
                ? new Span<TValue>(ref _large)
                : MemoryMarshal.CreateSpan(ref Unsafe.As<Words, TValue>(ref _values), Capacity);
            _index = _count = 0;
            while (_count == 0)
            {
                if (_ended) return false;
                _count = _table.Copy(ref _next, _bound, isUp, keys, values, out _ended);
            }
            return true;
        }

        [InlineArray(Most)]
        private struct Words
        {
            private ulong _first;
        }
    }
}
