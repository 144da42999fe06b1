using System.Collections;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Alloc.PageTable;

/// <summary>A <see cref="RadixTable{TValue}"/> as the interfaces of .NET's dictionaries show it; made by <see cref="RadixTable{TValue}.AsDictionary"/>.</summary>
/// <typeparam name="TValue">The table's value type.</typeparam>
/// <remarks>
/// A view: it copies nothing, and each call sees the table as it is then. Thread-safe as the table is. Enumeration, <see cref="Keys"/> and
/// <see cref="Values"/> included, goes in ascending order of keys and may run while others, or the loop itself, write: it never throws for that,
/// sees every entry that is present throughout exactly once, and others at most once. Members throw
/// <see cref="ObjectDisposedException"/> when the table is disposed.
/// </remarks>
[DebuggerDisplay("{_table}")]
[DebuggerTypeProxy(typeof(RadixTableDictionaryDebugView<>))]
public sealed class RadixTableDictionary<TValue> : IDictionary<ulong, TValue>, IReadOnlyDictionary<ulong, TValue>
    where TValue : unmanaged
{
    private readonly RadixTable<TValue> _table;

    internal RadixTableDictionary(RadixTable<TValue> table)
    {
        _table = table;
    }

    /// <summary>The table behind the view.</summary>
    public RadixTable<TValue> Table => _table;

    /// <summary>The number of entries, as <see cref="RadixTable{TValue}.Count"/> has it.</summary>
    /// <exception cref="OverflowException">There are more than <see cref="int.MaxValue"/>; <see cref="RadixTable{TValue}.Count"/> has them all.</exception>
    public int Count => _table.Count is var count and <= int.MaxValue
        ? (int)count
        : throw new OverflowException($"The table has {_table.Count} entries, more than an int can say. RadixTable<TValue>.Count can.");

    /// <summary>False.</summary>
    public bool IsReadOnly => false;

    /// <summary>The keys in ascending order: a read-only view of the table, not a copy.</summary>
    public ICollection<ulong> Keys => new RadixTableKeyView<TValue>(this);

    /// <summary>The values in ascending order of their keys: a read-only view of the table, not a copy.</summary>
    public ICollection<TValue> Values => new RadixTableValueView<TValue>(this);

    IEnumerable<ulong> IReadOnlyDictionary<ulong, TValue>.Keys => Keys;

    IEnumerable<TValue> IReadOnlyDictionary<ulong, TValue>.Values => Values;

    /// <summary>The value of a key. Setting adds the key or replaces its value.</summary>
    /// <param name="key">Any key.</param>
    /// <exception cref="KeyNotFoundException">Read, and the key is not in the table.</exception>
    /// <exception cref="OutOfMemoryException">Set, and the allocator refused; the table is as it was.</exception>
    public TValue this[ulong key]
    {
        get => _table[key];
        set => _table[key] = value;
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="key">A key that is not in the table.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">The key is in the table already; its value stays.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    public void Add(ulong key, TValue value)
    {
        if (!_table.TryAdd(key, value)) ThrowHelper.ThrowDuplicateKey(key, nameof(key));
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="item">A key that is not in the table, and its value.</param>
    /// <exception cref="ArgumentException">The key is in the table already; its value stays.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    public void Add(KeyValuePair<ulong, TValue> item)
    {
        if (!_table.TryAdd(item.Key, item.Value)) ThrowHelper.ThrowDuplicateKey(item.Key, nameof(item));
    }

    /// <summary>Whether a key is in the table.</summary>
    /// <param name="key">Any key.</param>
    /// <returns>Whether it is.</returns>
    public bool ContainsKey(ulong key) => _table.ContainsKey(key);

    /// <summary>Whether an entry is in the table: its key, with an equal value by <see cref="EqualityComparer{T}.Default"/>.</summary>
    /// <param name="item">Key and value.</param>
    /// <returns>Whether it is.</returns>
    public bool Contains(KeyValuePair<ulong, TValue> item) =>
        _table.TryGetValue(item.Key, out TValue value) && EqualityComparer<TValue>.Default.Equals(value, item.Value);

    /// <summary>Looks a key up.</summary>
    /// <param name="key">Any key.</param>
    /// <param name="value">The value, or default.</param>
    /// <returns>Whether the key is in the table.</returns>
    public bool TryGetValue(ulong key, [MaybeNullWhen(false)] out TValue value) => _table.TryGetValue(key, out value);

    /// <summary>Removes a key.</summary>
    /// <param name="key">Any key.</param>
    /// <returns>Whether it was in the table.</returns>
    public bool Remove(ulong key) => _table.TryRemove(key, out _);

    /// <summary>Removes an entry: its key, where its value is the one given.</summary>
    /// <param name="item">Key and value.</param>
    /// <returns>Whether it was in the table.</returns>
    public bool Remove(KeyValuePair<ulong, TValue> item) => _table.TryRemove(item);

    /// <summary>Removes every key; not atomic across keys.</summary>
    public void Clear() => _table.Clear();

    /// <summary>Copies the entries, in ascending order of keys.</summary>
    /// <param name="array">Where to.</param>
    /// <param name="arrayIndex">Where in it the first entry goes.</param>
    /// <exception cref="ArgumentNullException"><paramref name="array"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arrayIndex"/> is negative.</exception>
    /// <exception cref="ArgumentException">There is not room enough. Where entries came meanwhile, the room is full of those copied before.</exception>
    public void CopyTo(KeyValuePair<ulong, TValue>[] array, int arrayIndex) => CopyTo(array, arrayIndex, static entry => entry);

    /// <summary>Enumerates the entries in ascending order of keys, without allocating.</summary>
    /// <returns>A struct enumerator.</returns>
    public RadixTable<TValue>.Enumerator GetEnumerator() => _table.GetEnumerator();

    IEnumerator<KeyValuePair<ulong, TValue>> IEnumerable<KeyValuePair<ulong, TValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As the table's.</summary>
    public override string ToString() => _table.ToString();

    internal void CopyTo<TItem>(TItem[] array, int arrayIndex, Func<KeyValuePair<ulong, TValue>, TItem> select)
    {
        ArgumentNullException.ThrowIfNull(array);
        ArgumentOutOfRangeException.ThrowIfNegative(arrayIndex);
        if (array.Length - (long)arrayIndex < _table.Count) ThrowNoRoom(array, arrayIndex);
        foreach (KeyValuePair<ulong, TValue> entry in _table)
        {
            if (arrayIndex >= array.Length) ThrowNoRoom(array, arrayIndex);
            array[arrayIndex++] = select(entry);
        }
    }

    [DoesNotReturn]
    private void ThrowNoRoom(Array array, int index) => throw new ArgumentException(
        $"The array has {array.Length} elements; from index {index} on there is no room for the table's {_table.Count} entries.", nameof(array));
}
