using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

internal sealed unsafe partial class RadixTree
{
    /// <summary>Publishes a private tree as the whole of this one, which has never had a node.</summary>
    public void PutLoaded(ChildWord root, long entries)
    {
        if (root.IsEmpty) return;
        if (!Root.TryChange(ChildWord.Empty.Bits, root.Bits)) throw new InvalidOperationException("The tree to be loaded is not new.");
        _count.Add(entries);
    }
}

public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Makes a table of entries that are in order already, node by node: many times faster than inserting them.</summary>
    /// <remarks>All or nothing. Linear time; each node is made once, at the size that fits. Beside the table it takes nothing.</remarks>
    /// <param name="keys">The keys, strictly ascending.</param>
    /// <param name="values">The value of each.</param>
    /// <param name="options">Where memory and read sections come from; null for the process-wide defaults.</param>
    /// <returns>A new table.</returns>
    /// <exception cref="ArgumentException">The spans differ in length, or a key is not greater than the one before.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting of <paramref name="options"/> is out of its range.</exception>
    /// <exception cref="OutOfMemoryException">The allocator refused; no table is left.</exception>
    /// <exception cref="NotSupportedException">A <typeparamref name="TValue"/> is larger than 4,072 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The allocator or the domain is disposed.</exception>
#pragma warning disable CA1000 // The type of the table is the type of its values; nobody wants to write it less often.
    [SkipLocalsInit]
    public static RadixTable<TValue> LoadSorted(ReadOnlySpan<ulong> keys, ReadOnlySpan<TValue> values, RadixTableOptions? options = null)
#pragma warning restore CA1000
    {
        ThrowIfLengthsDiffer(keys.Length, values.Length);
        int at = FirstOutOfOrder(keys);
        if (at > 0) throw new ArgumentException($"Key {at} (0x{keys[at]:x}) is not greater than the one before (0x{keys[at - 1]:x}).", nameof(keys));
        var table = new RadixTable<TValue>(options);
        try
        {
            ulong* memory = stackalloc ulong[Content.MemoryWords];
            fixed (ulong* pinned = keys)
            {
                var loader = new SortedLoader<TValue>(table._tree, pinned, values, memory);
                if (!loader.TryBuild(out ChildWord root)) ThrowHelper.ThrowOutOfMemory();
                table._tree.PutLoaded(root, keys.Length);
            }
            return table;
        }
        catch
        {
            table.GiveUp();
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FirstOutOfOrder(ReadOnlySpan<ulong> keys)
    {
        for (int i = 1; i < keys.Length; i++)
        {
            if (keys[i] <= keys[i - 1]) return i;
        }
        return -1;
    }
}
