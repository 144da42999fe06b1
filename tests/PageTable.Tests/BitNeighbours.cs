namespace Alloc.PageTable.Tests;

/// <summary>The check that finds every mistake of a skip's marks: for each stored key the 64 keys that differ from it in one bit.</summary>
internal static class BitNeighbours
{
    public static void AssertAnswered<TValue>(RadixTable<TValue> table, SortedDictionary<ulong, TValue> oracle, string what = "")
        where TValue : unmanaged
    {
        foreach (ulong key in oracle.Keys)
        {
            for (int bit = 0; bit < 64; bit++)
            {
                ulong flipped = key ^ (1UL << bit);
                Assert.True(table.ContainsKey(flipped) == oracle.ContainsKey(flipped), $"{what} {key:x} with bit {bit} flipped");
            }
        }
    }
}
