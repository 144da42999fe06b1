namespace Alloc.PageTable;

/// <summary>A word of a directory (or the root word): which node lies below, and how to step into it.</summary>
/// <remarks>
/// <code>
///  63            16 15  14 13  12  11  8 7     6    5    0
/// +----------------+---+-----+---+------+-----+----+------+
/// |  address (48)  |dir|kind | F |  -   |ZEROS|SKIP| shift|
/// +----------------+---+-----+---+------+-----+----+------+
/// </code>
/// EMPTY is zero. A step needs the word and the key alone: <c>slots = word >> 16</c>, <c>index = (key >> word) &amp; 511</c>, since the
/// processor masks the shift. One bit test says "directory".
/// <para>SKIP: key bits lie undecided between this slot and the node; whoever ends at a terminal node compares its prefix.
/// ZEROS: the same, where all those bits are zero and the slot is the root; one compare of the key settles it.</para>
/// <para>F is the FROZEN mark <em>of the directory that holds the word</em> (F1), not of the child that it names.</para>
/// </remarks>
internal readonly unsafe struct ChildWord(ulong bits) : IEquatable<ChildWord>
{
    public const int AddressShift = 16;
    public const ulong DirectoryBit = 1UL << 15;
    public const ulong LeafTableBit = 1UL << 13;
    public const ulong FrozenBit = 1UL << 12;
    public const ulong ZerosBit = 1UL << 7;
    public const ulong SkipBit = 1UL << 6;
    private const ulong ShiftMask = 63;

    public readonly ulong Bits = bits;

    public static ChildWord Empty => default;

    /// <summary>The root of a disposed table. A root is in no directory, so nothing else marks it.</summary>
    public static ChildWord Disposed => new(FrozenBit);

    public bool IsEmpty => (Bits & ~FrozenBit) == 0;

    public bool IsFrozen => (Bits & FrozenBit) != 0;

    public bool IsDirectory => (Bits & DirectoryBit) != 0;

    /// <summary>Whether bits lie undecided above the node, so that its prefix has to be compared.</summary>
    public bool Skips => (Bits & (SkipBit | ZerosBit)) != 0;

    public ChildWord Unfrozen => new(Bits & ~FrozenBit);

    public byte* Address => (byte*)(Bits >> AddressShift);

    public DirectoryTable Directory => new((ulong*)Address);

    public LeafTable LeafTable => new((ulong*)Address);

    /// <summary>The first key of the node's range, from its descriptor.</summary>
    public ulong FirstKey => NodePage.FirstKey(Address);

    /// <summary>How far the key is shifted right to give a directory's index.</summary>
    public int Shift => (int)(Bits & ShiftMask);

    /// <summary>A directory's slot on the way to <paramref name="key"/>.</summary>
    public int IndexOf(ulong key) => (int)((key >> Shift) & Geometry.IndexMask);

    /// <summary>The number of low key bits that the node decides.</summary>
    public int BitsBelow => IsDirectory ? Shift + Geometry.BitsPerTable : Geometry.BitsPerTable;

    /// <summary>Names <paramref name="leaf"/> in a slot that covers <paramref name="slotBits"/> low bits.</summary>
    public static ChildWord To(LeafTable leaf, int slotBits) =>
        new((ulong)leaf.Slots << AddressShift | LeafTableBit | (slotBits > Geometry.BitsPerTable ? SkipBit : 0));

    /// <summary>Names <paramref name="directory"/> in a slot that covers <paramref name="slotBits"/> low bits.</summary>
    public static ChildWord To(DirectoryTable directory, int shift, int slotBits) =>
        new((ulong)directory.Slots << AddressShift | DirectoryBit | (uint)shift | SkipMark(directory, shift, slotBits));

    /// <summary>The same node named in a slot that covers <paramref name="slotBits"/> low bits: split above and collapse move nodes.</summary>
    public ChildWord MovedTo(int slotBits) => IsDirectory ? To(Directory, Shift, slotBits) : To(LeafTable, slotBits);

    private static ulong SkipMark(DirectoryTable directory, int shift, int slotBits)
    {
        int decided = shift + Geometry.BitsPerTable;
        if (decided >= Math.Min(slotBits, Geometry.KeyBits)) return 0;
        return slotBits == Geometry.KeyBits && directory.FirstKey >> decided == 0 ? ZerosBit : SkipBit;
    }

    public bool Equals(ChildWord other) => Bits == other.Bits;

    public override bool Equals(object? obj) => obj is ChildWord other && Equals(other);

    public override int GetHashCode() => Bits.GetHashCode();

    public override string ToString() => IsEmpty
        ? IsFrozen ? "EMPTY|F" : "EMPTY"
        : $"{(IsDirectory ? $"directory >>{Shift}" : "leaf table")} {(nuint)Address:x}{((Bits & SkipBit) != 0 ? " SKIP" : "")}{((Bits & ZerosBit) != 0 ? " ZEROS" : "")}{(IsFrozen ? "|F" : "")}";
}
