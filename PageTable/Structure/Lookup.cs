using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>The walk of a lookup, and of a writer whose leaf table stands: no lock, no fence, no retry.</summary>
/// <remarks>
/// Wait-free: at most <see cref="Geometry.MaxDirectories"/> directories, one acquire load each, and the terminal word; in a bucket at most its 64 lines, usually one. FROZEN marks are masked and nobody is helped (F4).
/// What it reads is right although nodes are replaced meanwhile (F6): let a directory on the walk have been replaced. That was
/// after the walk began, since its parent's word was read after that, and from the swing on its content stands still; so the child
/// that the walk took from it was its live child at that swing, and if the child was replaced as well, its own swing is later
/// still. By induction the terminal node was linked at a moment inside the walk, or it stands still since one.
/// <para>Skips are verified once, at the terminal node: the walk ORs the SKIP marks that it passes and only then compares the
/// prefix, which lies in the descriptor, a cache line of its own.</para>
/// <para>A disposed table's root names no node, so every key is absent; who answers "absent" looks at the root once more.</para>
/// </remarks>
internal static unsafe class Lookup
{
    /// <summary>The word of <paramref name="key"/>: absent, inline or a cell's, perhaps with its mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Find(SharedWord root, ulong key)
    {
        ulong word = Descend(root, key, out ulong passed);
        if ((word & ChildWord.SmallBit) != 0) return (word & ChildWord.WindowBit) != 0 ? Run.Read(word, key) : Bucket.Read(word, key);
        if ((word & ChildWord.WindowBit) == 0) return ValueWord.Absent;
        ulong* slots = (ulong*)(word >> ChildWord.AddressShift);
        if ((passed & ChildWord.SkipBit) != 0 && IsForeign(slots, key)) return ValueWord.Absent;
        return SharedWord.Read(slots, key & Geometry.IndexMask);
    }

    /// <summary>
    /// The place of <paramref name="key"/>, null where it has none, and the terminal node to which the walk led; EMPTY where to none, or where bits were
    /// skipped on the way, so that the node may not be the key's.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* FindPlace(SharedWord root, ulong key, out ChildWord node)
    {
        node = new ChildWord(Descend(root, key, out ulong passed));
        bool skipped = (passed & ChildWord.SkipBit) != 0;
        if (node.IsSmall)
        {
            // Whole keys are compared here, so a place that is found is the key's.
            ulong* place = node.IsRun ? Run.Find(node.Bits, key) : Bucket.Find(node.Bits, key);
            if (place == null && skipped) node = ChildWord.Empty;
            return place;
        }
        if (node.IsLeafTable)
        {
            ulong* slots = node.LeafTable.Slots;
            if (!skipped || !IsForeign(slots, key)) return slots + (key & Geometry.IndexMask);
        }
        node = ChildWord.Empty;
        return null;
    }

    /// <summary>Down to the terminal node's word; EMPTY where the skip of zeros at the root rules the key out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Descend(SharedWord root, ulong key, out ulong passed)
    {
        ulong word = root.Read();
        passed = word;
        if ((word & ChildWord.ZerosBit) != 0)
        {
            if (key >> ((int)word + Geometry.BitsPerTable) != 0) return ChildWord.Empty.Bits;
            passed = 0;
        }
        while ((word & ChildWord.DirectoryBit) != 0)
        {
            word = SharedWord.Read((ulong*)(word >> ChildWord.AddressShift), (key >> (int)word) & Geometry.IndexMask);
            passed |= word;
        }
        return word;
    }

    /// <summary>Whether a leaf table reached under skipped bits is another key's: the prefix lies in its descriptor.</summary>
    public static bool IsForeign(ulong* leaf, ulong key) => (NodePage.FirstKey(leaf) ^ key) >> Geometry.BitsPerTable != 0;
}
