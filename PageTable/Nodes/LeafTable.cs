namespace Alloc.PageTable;

/// <summary>A page of 512 value words. Its descriptor holds the first key of its range.</summary>
internal readonly unsafe struct LeafTable(ulong* slots)
{
    public readonly ulong* Slots = slots;

    public SharedWord this[int index] => new(Slots + index);

    public ulong FirstKey => NodePage.FirstKey(Slots);

    public Window Window => new(Slots, FirstKey, Geometry.SlotsPerTable);

    public static int Index(ulong key) => (int)(key & Geometry.IndexMask);
}
