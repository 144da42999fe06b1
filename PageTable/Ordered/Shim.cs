#pragma warning disable CA1822
namespace Alloc.PageTable;

// Until the small nodes have landed: the names under which they show a terminal node.
internal static unsafe class Shim
{
    extension(DirectoryTable table)
    {
        public int FirstIndex => 0;

        public int EndIndex => Geometry.SlotsPerTable;

        public int PreviousChild(int from)
        {
            while (from >= 0 && table.ReadChild(from).IsEmpty) from--;
            return from;
        }
    }

    extension(ChildWord word)
    {
        public bool IsBucket => false;
    }

    public static int BitsBelow(this ChildWord word, int slotBits) => Math.Min(slotBits, word.BitsBelow);
}

internal readonly unsafe struct Window(ulong* words, ulong firstKey, int count)
{
    public readonly ulong* Words = words;
    public readonly ulong FirstKey = firstKey;
    public readonly int Count = count;

    public ulong LastKey => FirstKey + (uint)Count - 1;

    public SharedWord this[int index] => new(Words + index);

    public void Clip(ulong first, ulong last, out int from, out int to)
    {
        from = first <= FirstKey ? 0 : (int)Math.Min(first - FirstKey, (uint)Count);
        to = last >= LastKey ? Count - 1 : last < FirstKey ? -1 : (int)(last - FirstKey);
    }

    public int NextValue(int from, int to)
    {
        while (from <= to && ValueWord.IsAbsent(this[from].Read())) from++;
        return from;
    }

    public int PreviousValue(int from, int to)
    {
        while (from <= to && ValueWord.IsAbsent(this[to].Read())) to--;
        return to;
    }
}

internal static unsafe class Terminal
{
    public static Window Window(ChildWord node) => new(node.LeafTable.Slots, node.LeafTable.FirstKey, Geometry.SlotsPerTable);
}
