using System.Collections.ObjectModel;

namespace Alloc.PageTable;

// What a program expects that has used a ConcurrentDictionary<ulong, TValue> until now, beside the operations on single keys.
public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Makes a table of the entries given.</summary>
    /// <param name="collection">The entries, in any order; no key twice. Read once.</param>
    /// <param name="options">Where memory and read sections come from; null for the process-wide defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="collection"/> is null.</exception>
    /// <exception cref="ArgumentException">A key comes twice. No table is left.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused. No table is left.</exception>
    /// <exception cref="NotSupportedException">A <typeparamref name="TValue"/> is larger than 4,072 bytes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting of <paramref name="options"/> is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator or the domain is disposed.</exception>
    public RadixTable(IEnumerable<KeyValuePair<ulong, TValue>> collection, RadixTableOptions? options = null)
        : this(options)
    {
        try
        {
            ArgumentNullException.ThrowIfNull(collection);
            foreach (var (key, value) in collection)
            {
                if (!TryAdd(key, value)) ThrowHelper.ThrowDuplicateKey(key, nameof(collection));
            }
        }
        catch
        {
            GiveUp();
            throw;
        }
    }

    /// <summary>Makes an empty table, as <see cref="RadixTable{TValue}(RadixTableOptions)"/> does, for programs that made a ConcurrentDictionary this way.</summary>
    /// <param name="concurrencyLevel">Not needed: a table takes any number of threads. At least 1, or -1.</param>
    /// <param name="capacity">Not needed: a table grows by a node at a time and never copies itself. Not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public RadixTable(int concurrencyLevel, int capacity)
        : this()
    {
        if (concurrencyLevel is >= 1 or -1 && capacity >= 0) return;
        GiveUp();
        if (concurrencyLevel is < 1 and not -1)
        {
            throw new ArgumentOutOfRangeException(nameof(concurrencyLevel), concurrencyLevel, "The concurrency level is at least 1, or -1 for the default.");
        }
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
    }

    /// <summary>How keys are compared: as numbers, always.</summary>
    public IEqualityComparer<ulong> Comparer => EqualityComparer<ulong>.Default;

    /// <summary>A copy of all keys, in ascending order; read-only. <see cref="AsDictionary"/> has a view that needs no copy.</summary>
    /// <remarks>Takes time and managed memory in proportion to the entries. Not atomic: as enumeration, it has every key that was present
    /// throughout, and may have others.</remarks>
    /// <exception cref="InvalidOperationException">There are more entries than an array can hold.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public ICollection<ulong> Keys => new ReadOnlyCollection<ulong>(Copy(static entry => entry.Key));

    /// <summary>A copy of all values, in ascending order of their keys; read-only. <see cref="AsDictionary"/> has a view that needs no copy.</summary>
    /// <remarks>As <see cref="Keys"/>. Of two copies taken one after the other, the entries need not match while writers run.</remarks>
    /// <exception cref="InvalidOperationException">There are more entries than an array can hold.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public ICollection<TValue> Values => new ReadOnlyCollection<TValue>(Copy(static entry => entry.Value));

    /// <summary>A copy of all entries, in ascending order of keys.</summary>
    /// <remarks>Takes time and managed memory in proportion to the entries. Not atomic: as enumeration, it has every key that was present
    /// throughout, and may have others.</remarks>
    /// <returns>A new array.</returns>
    /// <exception cref="InvalidOperationException">There are more entries than an array can hold.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public KeyValuePair<ulong, TValue>[] ToArray() => Copy(static entry => entry);

    /// <summary>The table as <see cref="IDictionary{TKey, TValue}"/> and <see cref="IReadOnlyDictionary{TKey, TValue}"/>: a view, which costs one object.</summary>
    /// <returns>A view that shows the table as it is at each call. It need not be disposed and does not dispose the table.</returns>
    public RadixTableDictionary<TValue> AsDictionary() => new(this);

    /// <summary>The value of a key, or default where the key is not in the table.</summary>
    /// <param name="key">Any key.</param>
    /// <returns>The value, or default.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue GetValueOrDefault(ulong key) => TryGetValue(key, out TValue value) ? value : default;

    /// <summary>The value of a key, or another where the key is not in the table.</summary>
    /// <param name="key">Any key.</param>
    /// <param name="defaultValue">What to answer where the key is not in the table. It is not added.</param>
    /// <returns>The value, or <paramref name="defaultValue"/>.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue GetValueOrDefault(ulong key, TValue defaultValue) => TryGetValue(key, out TValue value) ? value : defaultValue;

    private TItem[] Copy<TItem>(Func<KeyValuePair<ulong, TValue>, TItem> select)
    {
        var items = new TItem[Math.Min(Count, Array.MaxLength)];
        int count = 0;
        foreach (KeyValuePair<ulong, TValue> entry in this)
        {
            if (count == items.Length)
            {
                if (count == Array.MaxLength) ThrowHelper.ThrowTooManyForAnArray();
                Array.Resize(ref items, (int)Math.Clamp(count * 2L, 16, Array.MaxLength));
            }
            items[count++] = select(entry);
        }
        if (count < items.Length) Array.Resize(ref items, count);
        return items;
    }

    /// <summary>For a table that was being made and that nobody has seen. Inside a section, where nobody may wait, the finalizer does it.</summary>
    internal void GiveUp()
    {
        if (_domain.CanWait) Dispose();
    }
}
