using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>The value of a key. Setting adds the key or replaces its value.</summary>
    /// <param name="key">Any key, <see cref="ulong.MaxValue"/> included.</param>
    /// <exception cref="KeyNotFoundException">Read, and the key is not in the table.</exception>
    /// <exception cref="OutOfMemoryException">Set, and the allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue this[ulong key]
    {
        get
        {
            if (!TryGetValue(key, out TValue value)) ThrowHelper.ThrowKeyNotFound(key);
            return value;
        }
        set => Store(MutationKind.Set, key, value, out _);
    }

    /// <summary>Adds a key that is not in the table.</summary>
    /// <param name="key">Any key.</param>
    /// <param name="value">Its value.</param>
    /// <returns>False where the key is in the table already; its value stays.</returns>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryAdd(ulong key, TValue value) => Store(MutationKind.Add, key, value, out _);

    /// <summary>Replaces a key's value where that equals another, by <see cref="EqualityComparer{T}.Default"/>.</summary>
    /// <remarks>The comparer runs outside any section. What it accepted is then compared as bits, so nothing that came between is overwritten;
    /// where bits have changed meanwhile the comparer is asked again.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="newValue">The value to put.</param>
    /// <param name="comparisonValue">The value that must be there.</param>
    /// <returns>Whether the value was replaced.</returns>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryUpdate(ulong key, TValue newValue, TValue comparisonValue)
    {
        byte* bits = stackalloc byte[Accepted.BufferSize];
        while (TryAccept(key, bits, out Accepted accepted, out TValue current) && EqualityComparer<TValue>.Default.Equals(current, comparisonValue))
        {
            if (TryExchange(key, newValue, accepted)) return true;
        }
        return false;
    }

    /// <summary>Removes a key.</summary>
    /// <param name="key">Any key.</param>
    /// <param name="value">The value that it had, or default.</param>
    /// <returns>Whether the key was in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryRemove(ulong key, out TValue value)
    {
        var removal = new Mutation { Kind = MutationKind.Remove, Key = key };
        return Remove(ref removal, out value);
    }

    /// <summary>Removes a key where its value equals another, by <see cref="EqualityComparer{T}.Default"/>, as <see cref="TryUpdate"/> does.</summary>
    /// <param name="key">Any key.</param>
    /// <param name="expectedValue">The value that must be there.</param>
    /// <returns>Whether the key was removed.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryRemove(ulong key, TValue expectedValue)
    {
        byte* bits = stackalloc byte[Accepted.BufferSize];
        while (TryAccept(key, bits, out Accepted accepted, out TValue current) && EqualityComparer<TValue>.Default.Equals(current, expectedValue))
        {
            Mutation removal = accepted.Expecting(MutationKind.CompareAndRemove, key);
            if (Remove(ref removal, out _)) return true;
        }
        return false;
    }

    /// <summary>Removes an entry: its key, where its value is the one given.</summary>
    /// <param name="item">Key and value.</param>
    /// <returns>Whether the entry was removed.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryRemove(KeyValuePair<ulong, TValue> item) => TryRemove(item.Key, item.Value);

    /// <summary>The key's value, after adding the one given where the key was not in the table.</summary>
    /// <param name="key">Any key.</param>
    /// <param name="value">The value to add.</param>
    /// <returns>The value that is in the table.</returns>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue GetOrAdd(ulong key, TValue value)
    {
        if (TryGetValue(key, out TValue present)) return present;
        return Store(MutationKind.Add, key, value, out present) ? value : present;
    }

    /// <summary>The key's value, after adding what the factory makes where the key was not in the table.</summary>
    /// <remarks>The factory runs outside any section and may use the table. Several threads may call theirs; one result gets in.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="valueFactory">Makes the value from the key.</param>
    /// <returns>The value that is in the table.</returns>
    /// <exception cref="ArgumentNullException">The factory is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue GetOrAdd(ulong key, Func<ulong, TValue> valueFactory)
    {
        ArgumentNullException.ThrowIfNull(valueFactory);
        return TryGetValue(key, out TValue present) ? present : GetOrAdd(key, valueFactory(key));
    }

    /// <summary>As <see cref="GetOrAdd(ulong, Func{ulong, TValue})"/>, with an argument for the factory, so that it needs no closure.</summary>
    /// <typeparam name="TArg">The argument's type.</typeparam>
    /// <param name="key">Any key.</param>
    /// <param name="valueFactory">Makes the value from the key and the argument.</param>
    /// <param name="factoryArgument">The argument.</param>
    /// <returns>The value that is in the table.</returns>
    /// <exception cref="ArgumentNullException">The factory is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue GetOrAdd<TArg>(ulong key, Func<ulong, TArg, TValue> valueFactory, TArg factoryArgument)
    {
        ArgumentNullException.ThrowIfNull(valueFactory);
        return TryGetValue(key, out TValue present) ? present : GetOrAdd(key, valueFactory(key, factoryArgument));
    }

    /// <summary>Adds a value where the key is not in the table, otherwise replaces the key's value by what the factory makes of it.</summary>
    /// <remarks>The factory runs outside any section and may use the table; it runs again where the value has changed meanwhile.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="addValue">The value to add.</param>
    /// <param name="updateValueFactory">Makes the new value from the key and the present value.</param>
    /// <returns>The value that was put.</returns>
    /// <exception cref="ArgumentNullException">The factory is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue AddOrUpdate(ulong key, TValue addValue, Func<ulong, TValue, TValue> updateValueFactory)
    {
        ArgumentNullException.ThrowIfNull(updateValueFactory);
        return AddOrUpdate(key, static (_, a) => a.addValue, static (k, present, a) => a.updateValueFactory(k, present), (addValue, updateValueFactory));
    }

    /// <summary>As <see cref="AddOrUpdate(ulong, TValue, Func{ulong, TValue, TValue})"/>, with a factory for the value to add as well.</summary>
    /// <param name="key">Any key.</param>
    /// <param name="addValueFactory">Makes the value to add from the key.</param>
    /// <param name="updateValueFactory">Makes the new value from the key and the present value.</param>
    /// <returns>The value that was put.</returns>
    /// <exception cref="ArgumentNullException">A factory is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue AddOrUpdate(ulong key, Func<ulong, TValue> addValueFactory, Func<ulong, TValue, TValue> updateValueFactory)
    {
        ArgumentNullException.ThrowIfNull(addValueFactory);
        ArgumentNullException.ThrowIfNull(updateValueFactory);
        return AddOrUpdate(
            key,
            static (k, a) => a.addValueFactory(k),
            static (k, present, a) => a.updateValueFactory(k, present),
            (addValueFactory, updateValueFactory));
    }

    /// <summary>As the other overloads, with an argument for both factories, so that they need no closure.</summary>
    /// <typeparam name="TArg">The argument's type.</typeparam>
    /// <param name="key">Any key.</param>
    /// <param name="addValueFactory">Makes the value to add from the key and the argument.</param>
    /// <param name="updateValueFactory">Makes the new value from the key, the present value and the argument.</param>
    /// <param name="factoryArgument">The argument.</param>
    /// <returns>The value that was put.</returns>
    /// <exception cref="ArgumentNullException">A factory is null.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public TValue AddOrUpdate<TArg>(
        ulong key, Func<ulong, TArg, TValue> addValueFactory, Func<ulong, TValue, TArg, TValue> updateValueFactory, TArg factoryArgument)
    {
        ArgumentNullException.ThrowIfNull(addValueFactory);
        ArgumentNullException.ThrowIfNull(updateValueFactory);
        byte* bits = stackalloc byte[Accepted.BufferSize];
        while (true)
        {
            TValue value;
            if (TryAccept(key, bits, out Accepted accepted, out TValue present))
            {
                value = updateValueFactory(key, present, factoryArgument);
                if (TryExchange(key, value, accepted)) return value;
            }
            else
            {
                value = addValueFactory(key, factoryArgument);
                if (TryAdd(key, value)) return value;
            }
        }
    }

    /// <summary>Removes the keys of a range.</summary>
    /// <remarks>Not atomic across keys: keys that others put meanwhile may stay. Works in short read sections, one for each node; time in proportion to the nodes and
    /// entries of the range.</remarks>
    /// <param name="first">The first key of the range.</param>
    /// <param name="last">The last key of the range, inclusive; <see cref="ulong.MaxValue"/> is legal.</param>
    /// <returns>How many entries this call has removed.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is greater than <paramref name="last"/>.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public long RemoveRange(ulong first, ulong last)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, last);
        var gather = new TableGather(_heap);
        MutationStatus status;
        long removed;
        try
        {
            status = _tree.RemoveRange(first, last, ref gather, out removed);
        }
        finally
        {
            gather.Dispose();
        }
        if (status == MutationStatus.Disposed) ThrowHelper.ThrowDisposed();
        if (removed > 0) _fullBlocks?.Clear(first >> Geometry.BitsPerTable, last >> Geometry.BitsPerTable);
        GC.KeepAlive(this);
        return removed;
    }

    /// <summary>Removes every key, as <see cref="RemoveRange"/> over all of them does: not atomic across keys.</summary>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public void Clear() => RemoveRange(0, ulong.MaxValue);

    /// <summary>What the user is shown before his comparer or factory runs: the word, or the cell's bytes, as they stand in the table (F9).</summary>
    /// <remarks>Never rebuilt from a <typeparamref name="TValue"/>: a copy of a struct need not carry its padding.</remarks>
    private readonly struct Accepted(ulong word, byte* bits)
    {
        public static int BufferSize => ValueCodec<TValue>.AlwaysInline ? 0 : sizeof(TValue);

        public Mutation Expecting(MutationKind kind, ulong key) => new()
        {
            Kind = kind,
            Key = key,
            ExpectedWord = word,
            ExpectedBits = ValueWord.IsCell(word) ? bits : null,
            ValueSize = sizeof(TValue),
        };
    }

    private bool TryAccept(ulong key, byte* bits, out Accepted accepted, out TValue value)
    {
        ReadSection section = _domain.Enter();
        ulong word = ValueWord.Unfrozen(Lookup.Find(_root, key));
        GC.KeepAlive(this);
        if (ValueWord.IsCell(word)) Unsafe.CopyBlockUnaligned(bits, ValueWord.Cell(word).Value, (uint)sizeof(TValue));
        section.Dispose();
        accepted = new Accepted(word, bits);
        if (ValueCodec<TValue>.TryDecode(word, out value)) return true;
        if (!ValueWord.IsCell(word)) return Missing();
        value = Unsafe.ReadUnaligned<TValue>(bits);
        return true;
    }

    private bool TryExchange(ulong key, TValue value, Accepted accepted)
    {
        Mutation exchange = accepted.Expecting(MutationKind.CompareAndSet, key);
        return Store(ref exchange, value, out _);
    }

    private bool Store(MutationKind kind, ulong key, TValue value, out TValue old)
    {
        var store = new Mutation { Kind = kind, Key = key };
        return Store(ref store, value, out old);
    }

    /// <summary>Applies a mutation that brings a value, in a section of its own; the value that was there is read before the section ends.</summary>
    private bool Store(ref Mutation store, TValue value, out TValue old)
    {
        // Back-pressure on what makes garbage possible: before the section, and never inside one of the caller's. Removals are let through.
        if (!_domain.HasCapacity && _domain.CanWait) _domain.WaitForCapacity();
        MutationStatus status;
        var gather = new TableGather(_heap);
        try
        {
            using (ReadSection section = _domain.Enter())
            {
                gather.ReaderId = section.ReaderId;
                status = StoreInSection(ref store, value, ref gather);
                TryRead(store.OldWord, out old);
            }
            if (gather.Owes) _tree.Settle(ref gather);
        }
        finally
        {
            gather.Dispose();
        }
        GC.KeepAlive(this);
        if (status == MutationStatus.NoMemory) ThrowHelper.ThrowOutOfMemory();
        if (status == MutationStatus.Disposed) ThrowHelper.ThrowDisposed();
        return status == MutationStatus.Applied;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MutationStatus StoreInSection(ref Mutation store, TValue value, ref TableGather gather)
    {
        if (!ValueCodec<TValue>.TryEncode(value, out ulong word)) return StoreInCell(ref store, value, ref gather);
        store.NewWord = word;
        return _tree.Apply(ref store, ref gather);
    }

    // Inside the section, as every call of the allocator is: a table that is disposed meanwhile waits for it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private MutationStatus StoreInCell(ref Mutation store, TValue value, ref TableGather gather)
    {
        if (_tree.IsDisposed) return MutationStatus.Disposed;
        if (store.Kind == MutationKind.Add)
        {
            // What is there already needs no cell, nor memory for one.
            store.OldWord = ValueWord.Unfrozen(Lookup.Find(_root, store.Key));
            if (store.OldWord != ValueWord.Absent) return MutationStatus.Refused;
        }
        if (!_heap.TryAllocateCell(out ValueCell cell)) return MutationStatus.NoMemory;
        Unsafe.WriteUnaligned(cell.Value, value);
        store.NewWord = ValueWord.ToCell(cell);
        MutationStatus status = _tree.Apply(ref store, ref gather);
        if (status != MutationStatus.Applied) _heap.FreePrivateCell(cell);
        return status;
    }

    /// <summary>Applies a removal, which never fails for want of memory: where a helper's copy gets none, whoever began it has some, and the
    /// section ends meanwhile.</summary>
    private bool Remove(ref Mutation removal, out TValue old)
    {
        MutationStatus status;
        var gather = new TableGather(_heap);
        try
        {
            using (ReadSection section = _domain.Enter())
            {
                gather.ReaderId = section.ReaderId;
                status = _tree.Apply(ref removal, ref gather);
                TryRead(removal.OldWord, out old);
            }
            if (status == MutationStatus.NoMemory) status = RemoveSlow(ref removal, ref gather, out old);
            if (gather.Owes) _tree.Settle(ref gather);
        }
        finally
        {
            gather.Dispose();
        }
        GC.KeepAlive(this);
        if (status == MutationStatus.Disposed) ThrowHelper.ThrowDisposed();
        if (status != MutationStatus.Applied) return false;
        _fullBlocks?.Clear(removal.Key >> Geometry.BitsPerTable);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MutationStatus RemoveSlow(ref Mutation removal, ref TableGather gather, out TValue old)
    {
        SteadyWait wait = default;
        while (true)
        {
            gather.Flush();
            wait.Once();
            using ReadSection section = _domain.Enter();
            MutationStatus status = _tree.Apply(ref removal, ref gather);
            TryRead(removal.OldWord, out old);
            if (status != MutationStatus.NoMemory) return status;
        }
    }
}
