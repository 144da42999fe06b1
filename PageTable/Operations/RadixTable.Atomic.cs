using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>What an atomic update makes of a value. A struct, so that the JIT compiles the loop for it.</summary>
internal interface IValueUpdate<TValue>
{
    TValue Next(TValue present);
}

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Sets a key's value and tells which one it replaces, in one atomic step.</summary>
    /// <param name="key">Any key.</param>
    /// <param name="value">The value to put; the key is added where it was not in the table.</param>
    /// <param name="previous">The value that was replaced, or default.</param>
    /// <returns>Whether the key was in the table, so that <paramref name="previous"/> is its value.</returns>
    /// <exception cref="OutOfMemoryException">The allocator refused; the table is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool Exchange(ulong key, TValue value, out TValue previous)
    {
        var store = new Mutation { Kind = MutationKind.Set, Key = key };
        Store(ref store, value, out previous);
        return store.OldWord != ValueWord.Absent;
    }

    /// <summary>Replaces a value by what <paramref name="update"/> makes of it; an absent one counts as default. Gives the old value.</summary>
    /// <remarks>
    /// Where both values lie in the word it is one walk and a loop of compare-and-swaps on that word, in one section. Such a change makes no
    /// garbage and needs no memory. It succeeds only on a word that is not frozen, so it was made while its node was linked (F5).
    /// What is absent, frozen, or in a cell goes the way of AddOrUpdate. Only a built-in type's arithmetic runs inside the section.
    /// </remarks>
    internal TValue Update<TUpdate>(ulong key, TUpdate update)
        where TUpdate : struct, IValueUpdate<TValue>
    {
        if (typeof(TValue).IsPrimitive)
        {
            ReadSection section = _domain.Enter();
            ulong* place = Lookup.FindPlace(_root, key, out _);
            GC.KeepAlive(this);
            var slot = new SharedWord(place);
            while (place != null)
            {
                ulong word = slot.Read();
                if (ValueWord.IsFrozen(word) || !ValueCodec<TValue>.TryDecode(word, out TValue present)) break;
                if (!ValueCodec<TValue>.TryEncode(update.Next(present), out ulong replacement)) break;
                if (!slot.TryChange(word, replacement)) continue;
                section.Dispose();
                return present;
            }
            section.Dispose();
        }
        return UpdateSlow(key, update);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TValue UpdateSlow<TUpdate>(ulong key, TUpdate update)
        where TUpdate : struct, IValueUpdate<TValue>
    {
        byte* bits = stackalloc byte[Accepted.BufferSize];
        while (true)
        {
            if (TryAccept(key, bits, out Accepted accepted, out TValue present))
            {
                if (TryExchange(key, update.Next(present), accepted)) return present;
            }
            else if (TryAdd(key, update.Next(default)))
            {
                return default;
            }
        }
    }
}
