using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

internal sealed unsafe partial class RadixTree
{
    /// <summary>Puts entries of one 512-key block as a node of the size that fits, where there is no node yet.</summary>
    /// <returns>False where there is one, or no memory: nothing was put.</returns>
    public bool TryPutBlock(nuint reader, ref Content content)
    {
        TreePath path = default;
        // A slot is never smaller than a block.
        if (Walk.To(Root, content.Keys[0], ref path) != WalkEnd.EmptySlot) return false;
        var outlook = new Outlook { DenseBeside = Fit.IsDenseBeside(path) };
        if (!NodeBuilder.TryBuild(Heap, ref content, path.SlotBits, outlook, out ChildWord word)) return false;
        if (!path.Slot.TryChange(ChildWord.Empty.Bits, word.Bits))
        {
            Heap.FreePrivate(word);
            return false;
        }
        _count.Add(reader, content.Count);
        return true;
    }
}

// A snapshot comes in pieces, so its tree is not built from the top down: neighbours go in block by block, which spares a node all the sizes that it
// would grow through, and scattered keys one by one.
public sealed unsafe partial class RadixTable<TValue>
{
    private const int FewestForBlock = 16;

    /// <summary>Sets ascending keys, as <see cref="SetRange"/> does, by whole nodes where it can.</summary>
    internal void Append(ReadOnlySpan<ulong> keys, ReadOnlySpan<TValue> values)
    {
        int done = 0;
        for (int from = 0, to; from < keys.Length; from = to)
        {
            to = EndOfBlock(keys, from);
            if (to - from < FewestForBlock) continue;
            if (from > done) SetRange(keys[done..from], values[done..from]);
            done = TryPutBlock(keys[from..to], values[from..to]) ? to : from;
        }
        if (done < keys.Length) SetRange(keys[done..], values[done..]);
    }

    private static int EndOfBlock(ReadOnlySpan<ulong> keys, int from)
    {
        ulong last = keys[from] | Geometry.IndexMask;
        int to = from + 1;
        while (to < keys.Length && keys[to] <= last) to++;
        return to;
    }

    [SkipLocalsInit]
    private bool TryPutBlock(ReadOnlySpan<ulong> keys, ReadOnlySpan<TValue> values)
    {
        Unsafe.SkipInit(out ContentMemory memory);
        var content = new Content((ulong*)&memory);
        using ReadSection section = _domain.Enter();
        bool put = true;
        for (int i = 0; put && i < keys.Length; i++)
        {
            put = LoadedValue.TryEncode(_heap, values[i], out ulong word);
            if (put) content.Add(keys[i], word);
        }
        put = put && _tree.TryPutBlock(section.ReaderId, ref content);
        if (!put) LoadedValue.FreeCells(_heap, content);
        return put;
    }
}
