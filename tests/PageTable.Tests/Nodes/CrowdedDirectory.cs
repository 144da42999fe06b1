namespace Alloc.PageTable.Tests;

/// <summary>Keys that fill the buckets of a narrow directory, up to the one that would not go in without a level more.</summary>
internal sealed class CrowdedDirectory
{
    public const int SlotBits = 24;
    public const ulong First = 7UL << SlotBits, Last = First + (1UL << SlotBits) - 1;

    private CrowdedDirectory(ulong[] before, ulong next)
    {
        Before = before;
        Next = next;
    }

    /// <summary>Two leaf tables, which make a full directory at the root, and the crowd in one of its slots.</summary>
    public ulong[] Before { get; }

    /// <summary>The key that widens.</summary>
    public ulong Next { get; }

    public static CrowdedDirectory Make(int seed)
    {
        List<ulong> keys = [.. Outside];
        using var fixture = new TableFixture<ulong>();
        foreach (ulong key in keys) fixture.Table[key] = key;
        foreach (ulong key in Crowd(seed))
        {
            Assert.True(keys.Count < 40_000, TreeShape.Of(fixture.Table).ToString());
            fixture.Table[key] = key;
            if (fixture.Table.GetStatistics().Widenings != 0) return new CrowdedDirectory([.. keys], key);
            keys.Add(key);
        }
        throw new InvalidOperationException("an endless sequence has ended");
    }

    /// <summary>Two leaf tables so far apart that the root's slots have <see cref="SlotBits"/> bits.</summary>
    public static IEnumerable<ulong> Outside => Enumerable.Range(0, 2 * Geometry.SlotsPerTable).Select(i => (ulong)(i % Geometry.SlotsPerTable) + (i < Geometry.SlotsPerTable ? 0 : 1UL << SlotBits + 8));

    /// <summary>Different keys all over the slot's range, without end.</summary>
    public static IEnumerable<ulong> Crowd(int seed)
    {
        // A full cycle of the range.
        for (ulong i = 0; ; i++) yield return First + ((i + (ulong)seed * 7919) * 0x9E3779B1 & (Last - First));
    }
}
