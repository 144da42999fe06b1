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
    public static ulong Find(SharedWord root, ulong key) => FindSlot(root, key, out _).Read();

    /// <summary>The place of a key that has none: the word behind the root's, absent for good. A pointer to it saves the hit path a test for null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SharedWord Nowhere(SharedWord root) => new(root.Location + 1);

    /// <summary>The place of <paramref name="key"/> where a node has one, with that node; <see cref="Nowhere"/> where none has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SharedWord FindSlot(SharedWord root, ulong key, out ChildWord node)
    {
        ulong word = root.Read();
        ulong passed = word;
        if ((word & ChildWord.ZerosBit) != 0)
        {
            node = default;
            if (key >> ((int)word + Geometry.BitsPerTable) != 0) return Nowhere(root);
            passed = 0;
        }
        while ((word & ChildWord.DirectoryBit) != 0)
        {
            word = new SharedWord((ulong*)(word >> ChildWord.AddressShift) + ((key >> (int)word) & Geometry.IndexMask)).Read();
            passed |= word;
        }
        node = new ChildWord(word);
        ulong* place;
        if ((word & ChildWord.SmallBit) == 0)
        {
            if ((word & ChildWord.WindowBit) == 0) return Nowhere(root);
            ulong* slots = (ulong*)(word >> ChildWord.AddressShift);
            if ((passed & ChildWord.SkipBit) != 0 && IsForeign(slots, key)) return Nowhere(root);
            return new SharedWord(slots + (key & Geometry.IndexMask));
        }
        place = (word & ChildWord.WindowBit) != 0 ? Run.Find(word, key) : Bucket.Find(word, key);
        return place == null ? Nowhere(root) : new SharedWord(place);
    }

    private static bool IsForeign(ulong* leaf, ulong key) => (NodePage.FirstKey(leaf) ^ key) >> Geometry.BitsPerTable != 0;
}
