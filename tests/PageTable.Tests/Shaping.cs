namespace Alloc.PageTable.Tests;

/// <summary>Brings nodes of a wanted kind about, by the operations that lead to them.</summary>
internal static class Shaping
{
    /// <summary>Puts keys so that the 512-key block of each is a leaf table: filled, then emptied in place of all but these keys.</summary>
    public static void PutInLeafTables<TValue>(this RadixTable<TValue> table, Func<ulong, TValue> valueOf, params ReadOnlySpan<ulong> keys) where TValue : unmanaged
    {
        var wanted = new HashSet<ulong>();
        var blocks = new SortedSet<ulong>();
        foreach (ulong key in keys)
        {
            Assert.True(wanted.Add(key));
            blocks.Add(key & ~Geometry.IndexMask);
        }
        foreach (ulong first in blocks)
        {
            for (ulong i = 0; i <= Geometry.IndexMask; i++) table[first + i] = valueOf(first + i);
        }
        foreach (ulong first in blocks)
        {
            for (ulong i = 0; i <= Geometry.IndexMask; i++)
            {
                if (!wanted.Contains(first + i)) Assert.True(table.TryRemove(first + i, out _));
            }
        }
        Assert.True(table.GetStatistics().LeafTables >= blocks.Count);
    }
}
