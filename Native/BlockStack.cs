namespace Alloc.Native;

/// <summary>A thread's stack of free blocks of one size; see <see cref="CacheCore"/> for who may touch it.</summary>
internal unsafe struct BlockStack
{
    public int Count;
    public int Limit;
    public ulong* Entries;

    /// <summary>One stack for each class in one piece of native memory, or null.</summary>
    public static BlockStack* TryMakeAll()
    {
        int entries = 0;
        for (int c = 0; c < SizeClasses.Count; c++)
            entries += LimitOf(c);
        int size = (SizeClasses.Count * sizeof(BlockStack)) + (entries * sizeof(ulong));
        var stacks = (BlockStack*)PageSource.TryAlignedAllocZeroed((nuint)size, 64);
        if (stacks == null)
            return null;
        var next = (ulong*)(stacks + SizeClasses.Count);
        for (int c = 0; c < SizeClasses.Count; c++)
        {
            stacks[c].Limit = LimitOf(c);
            stacks[c].Entries = next;
            next += stacks[c].Limit;
        }
        return stacks;
    }

    private static int LimitOf(int sizeClass) => 2 * Math.Min(SizeClasses.BatchOf(sizeClass), CacheCore.Batch);

    public readonly ReadOnlySpan<ulong> AsSpan() => new(Entries, Count);

    public void RemoveLowest(int count)
    {
        var entries = new Span<ulong>(Entries, Count);
        entries[count..].CopyTo(entries);
        Count -= count;
    }
}
