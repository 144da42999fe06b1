using System.Numerics;

namespace Alloc.PageTable;

/// <summary>Atomic arithmetic on the integers of a table, as <see cref="Interlocked"/> has it for variables.</summary>
/// <remarks>
/// Each is one linearizable step on one key and never loses another thread's; a key that is not in the table counts as 0 and is added. Results
/// that do not fit wrap around. Lock-free. Where the value fits its word, which all integers of up to 32 bits and nearly all of 64 do,
/// it costs about a lookup and one compare-and-swap. Nothing is allocated on the managed heap.
/// </remarks>
public static class RadixTableIntegers
{
    /// <summary>Adds one.</summary>
    /// <typeparam name="TValue">The integer type.</typeparam>
    /// <param name="table">The table.</param>
    /// <param name="key">Any key.</param>
    /// <returns>The new value.</returns>
    /// <exception cref="ArgumentNullException">The table is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused memory for a new entry; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public static TValue Increment<TValue>(this RadixTable<TValue> table, ulong key)
        where TValue : unmanaged, IBinaryInteger<TValue> => table.Add(key, TValue.One);

    /// <summary>Subtracts one.</summary>
    /// <typeparam name="TValue">The integer type.</typeparam>
    /// <param name="table">The table.</param>
    /// <param name="key">Any key.</param>
    /// <returns>The new value.</returns>
    /// <exception cref="ArgumentNullException">The table is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused memory for a new entry; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public static TValue Decrement<TValue>(this RadixTable<TValue> table, ulong key)
        where TValue : unmanaged, IBinaryInteger<TValue> => table.Add(key, unchecked(TValue.Zero - TValue.One));

    /// <summary>Adds a number to a key's value. Not to be confused with adding a key: that is <see cref="RadixTable{TValue}.TryAdd"/>.</summary>
    /// <typeparam name="TValue">The integer type.</typeparam>
    /// <param name="table">The table.</param>
    /// <param name="key">Any key.</param>
    /// <param name="amount">What to add; may be negative.</param>
    /// <returns>The new value.</returns>
    /// <exception cref="ArgumentNullException">The table is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused memory for a new entry; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public static TValue Add<TValue>(this RadixTable<TValue> table, ulong key, TValue amount)
        where TValue : unmanaged, IBinaryInteger<TValue>
    {
        ArgumentNullException.ThrowIfNull(table);
        return unchecked(table.Update(key, new Addition<TValue>(amount)) + amount);
    }

    /// <summary>Clears the bits of a key's value that <paramref name="mask"/> does not have.</summary>
    /// <typeparam name="TValue">The integer type.</typeparam>
    /// <param name="table">The table.</param>
    /// <param name="key">Any key.</param>
    /// <param name="mask">The bits that stay.</param>
    /// <returns>The value before, as <see cref="Interlocked.And(ref ulong, ulong)"/> gives it.</returns>
    /// <exception cref="ArgumentNullException">The table is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused memory for a new entry; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public static TValue And<TValue>(this RadixTable<TValue> table, ulong key, TValue mask)
        where TValue : unmanaged, IBinaryInteger<TValue>
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Update(key, new Intersection<TValue>(mask));
    }

    /// <summary>Sets bits of a key's value.</summary>
    /// <typeparam name="TValue">The integer type.</typeparam>
    /// <param name="table">The table.</param>
    /// <param name="key">Any key.</param>
    /// <param name="bits">The bits to set.</param>
    /// <returns>The value before, as <see cref="Interlocked.Or(ref ulong, ulong)"/> gives it.</returns>
    /// <exception cref="ArgumentNullException">The table is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused memory for a new entry; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public static TValue Or<TValue>(this RadixTable<TValue> table, ulong key, TValue bits)
        where TValue : unmanaged, IBinaryInteger<TValue>
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Update(key, new Union<TValue>(bits));
    }

    private readonly struct Addition<TValue>(TValue amount) : IValueUpdate<TValue>
        where TValue : unmanaged, IBinaryInteger<TValue>
    {
        public TValue Next(TValue present) => unchecked(present + amount);
    }

    private readonly struct Intersection<TValue>(TValue mask) : IValueUpdate<TValue>
        where TValue : unmanaged, IBinaryInteger<TValue>
    {
        public TValue Next(TValue present) => present & mask;
    }

    private readonly struct Union<TValue>(TValue bits) : IValueUpdate<TValue>
        where TValue : unmanaged, IBinaryInteger<TValue>
    {
        public TValue Next(TValue present) => present | bits;
    }
}
