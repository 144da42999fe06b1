using System.Numerics;
using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>Builds a whole tree of ascending entries from the top down: each node once, at its final size.</summary>
/// <remarks>
/// What fits one terminal node, <see cref="NodeBuilder"/> makes; what does not gets a directory, whose children are parts of the entries. All of it is
/// private until the caller publishes the root, so no protocol is at work. A level reads the keys that bound its children, and the bottom
/// reads every entry once.
/// </remarks>
internal unsafe ref struct SortedLoader<TValue>
    where TValue : unmanaged
{
    private const int EntriesPerSlot = 64;

    private readonly RadixTree _tree;
    private readonly ulong* _keys;
    private readonly int _count;
    private readonly ReadOnlySpan<TValue> _values;
    private readonly ulong* _memory;

    /// <param name="tree">Whose nodes they will be.</param>
    /// <param name="keys">Strictly ascending, and pinned.</param>
    /// <param name="values">As many.</param>
    /// <param name="memory">For one <see cref="Content"/>.</param>
    public SortedLoader(RadixTree tree, ulong* keys, ReadOnlySpan<TValue> values, ulong* memory)
    {
        _tree = tree;
        _keys = keys;
        _count = values.Length;
        _values = values;
        _memory = memory;
    }

    /// <summary>The root of a private tree; false where there was no memory, and then nothing was kept.</summary>
    public readonly bool TryBuild(out ChildWord root) => TryBuild(0, _count, Geometry.KeyBits, out root);

    private readonly bool TryBuild(int from, int to, int slotBits, out ChildWord word)
    {
        int count = to - from;
        if (count > Geometry.SlotsPerTable) return TryBuildDirectory(from, to, slotBits, out word);
        word = ChildWord.Empty;
        if (count == 0) return true;
        // Keys alone decide.
        Shape shape = Fit.Choose(new Entries(_keys + from, null, count, isSorted: true), slotBits, default);
        return shape.Kind == NodeKind.LeafTable ? TryBuildLeafTable(from, to, slotBits, out word) : TryBuildSmall(from, to, slotBits, out word);
    }

    private readonly bool TryBuildSmall(int from, int to, int slotBits, out ChildWord word)
    {
        var content = new Content(_memory);
        bool ok = true;
        for (int i = from; ok && i < to; i++)
        {
            ok = TryEncode(_values[i], out ulong valueWord);
            if (ok) content.Add(_keys[i], valueWord);
        }
        if (ok && NodeBuilder.TryBuild(_tree.Heap, ref content, slotBits, default, out word)) return true;
        LoadedValue.FreeCells(_tree.Heap, content);
        word = ChildWord.Empty;
        return false;
    }

    // Without the way round by a content; optimized at once, since a program loads once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly bool TryBuildLeafTable(int from, int to, int slotBits, out ChildWord word)
    {
        word = ChildWord.Empty;
        if (!_tree.Heap.TryAllocateTable(out byte* memory)) return false;
        ulong firstKey = Geometry.FirstOfBlock(_keys[from], Geometry.BitsPerTable);
        word = _tree.Heap.Describe(ChildWord.To(new LeafTable((ulong*)memory), slotBits), firstKey);
        var keys = new ReadOnlySpan<ulong>(_keys + from, to - from);
        ReadOnlySpan<TValue> values = _values[from..to];
        ulong* slots = (ulong*)memory;
        for (int i = 0; i < keys.Length; i++)
        {
            if (TryEncode(values[i], out slots[keys[i] & Geometry.IndexMask])) continue;
            _tree.FreeDetached(word);
            word = ChildWord.Empty;
            return false;
        }
        return true;
    }

    private readonly bool TryBuildDirectory(int from, int to, int slotBits, out ChildWord word)
    {
        // Some 64 to 128 entries a slot: nobody is about to insert more, and buckets of that size are the tightest. A directory under a parent
        // need have no more slots than that; the bits that the parent leaves above the highest difference are part of the index.
        int highest = BitOperations.Log2(_keys[from] ^ _keys[to - 1]);
        int wanted = Math.Min(BitOperations.Log2((uint)(to - from) / EntriesPerSlot), Geometry.BitsPerTable);
        int shift = Math.Max(Geometry.BitsPerTable, highest + 1 - wanted);
        int bits = Math.Max(Geometry.FewestBits, slotBits - shift);
        if (slotBits == Geometry.KeyBits || bits >= Geometry.BitsPerTable)
        {
            bits = Geometry.BitsPerTable;
            shift = Math.Max(Geometry.BitsPerTable, highest + 1 - bits);
        }
        if (!NodeBuilder.TryAllocateDirectory(_tree.Heap, _keys[from], shift, bits, slotBits, out word)) return false;
        DirectoryTable directory = word.Directory;
        while (from < to)
        {
            ulong slot = _keys[from] >> shift;
            int end = EndOfSlot(from, to, slot, shift);
            if (!TryBuild(from, end, shift, out ChildWord child))
            {
                _tree.FreeDetached(word);
                word = ChildWord.Empty;
                return false;
            }
            directory.Origin[(int)(slot & Geometry.IndexMask)] = child.Bits;
            from = end;
        }
        return true;
    }

    // Where the keys of a slot end: in steps that double, then by halves.
    private readonly int EndOfSlot(int from, int to, ulong slot, int shift)
    {
        int step = 1;
        while (from + step < to && _keys[from + step] >> shift == slot) step *= 2;
        int low = from + step / 2, high = Math.Min(from + step, to);
        while (low + 1 < high)
        {
            int middle = low + (high - low) / 2;
            if (_keys[middle] >> shift == slot) low = middle;
            else high = middle;
        }
        return high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool TryEncode(TValue value, out ulong word) => LoadedValue.TryEncode(_tree.Heap, value, out word);
}
