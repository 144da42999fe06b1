using System.Diagnostics;
using System.Numerics;

namespace Alloc.PageTable;

/// <summary>A word of a directory (or the root word): which node lies below, and how to step into it.</summary>
/// <remarks>
/// <code>
///              63            16 15  14 13  12  11    10   9    6 5     0
///             +----------------+---+-----+---+-----+----+--------+-------+
/// directory   |  origin (48)   | 1 | 0 0 | F |ZEROS|SKIP| window | shift |
/// leaf table  |  address (48)  | 0 | 0 1 | F |  -  |SKIP|        -       |
/// bucket      |  address (48)  | 0 | 1 0 | F |  -  | -  |  -  | groups   |
/// run         |  address (48)  | 0 | 1 1 | F |  -  | -  | base (9 bits)  |
///             +----------------+---+-----+---+-----+----+----------------+
/// </code>
/// EMPTY is zero. A step needs the word and the key alone: <c>slots = word >> 16</c>, <c>index = (key >> word) &amp; 511</c>, since the
/// processor masks the shift. One bit test says "directory", one more "small".
/// <para>Window: a narrow directory has 64, 128 or 256 slots. The index bits above those are the same for every key that gets there, since
/// the directory lies directly under its parent, which has decided them. So the word names the <em>origin</em>, where slot 0 of a full
/// table would be: a step takes no instruction more. <c>window + 1 = 2^narrowing + those bits</c>; 0 is a full table.</para>
/// <para>SKIP: key bits lie undecided between this slot and the node; whoever ends at a terminal node compares its prefix.
/// ZEROS: the same, where all those bits are zero and the slot is the root; one compare of the key settles it. Runs and buckets hold whole
/// keys and need no mark; they cover whatever slot they are in.</para>
/// <para>F is the FROZEN mark <em>of the directory that holds the word</em> (F1), not of the child that it names.</para>
/// </remarks>
internal readonly unsafe struct ChildWord(ulong bits) : IEquatable<ChildWord>
{
    public const int AddressShift = 16;
    public const ulong DirectoryBit = 1UL << 15;
    public const ulong SmallBit = 1UL << 14;

    /// <summary>With <see cref="SmallBit"/> a run, without it a leaf table.</summary>
    public const ulong WindowBit = 1UL << 13;
    public const ulong FrozenBit = 1UL << 12;
    public const ulong ZerosBit = 1UL << 11;
    public const ulong SkipBit = 1UL << 10;
    public const ulong GroupsMask = 127;
    private const ulong ShiftMask = 63;
    private const int WindowShift = 6;
    private const ulong WindowMask = 15;

    public readonly ulong Bits = bits;

    public static ChildWord Empty => default;

    /// <summary>The root of a disposed table. A root is in no directory, so nothing else marks it.</summary>
    public static ChildWord Disposed => new(FrozenBit);

    public bool IsEmpty => (Bits & ~FrozenBit) == 0;

    public bool IsFrozen => (Bits & FrozenBit) != 0;

    public bool IsDirectory => (Bits & DirectoryBit) != 0;

    public bool IsSmall => (Bits & SmallBit) != 0;

    public bool IsLeafTable => (Bits & (DirectoryBit | SmallBit | WindowBit)) == WindowBit;

    public bool IsRun => (Bits & (SmallBit | WindowBit)) == (SmallBit | WindowBit);

    public bool IsBucket => (Bits & (SmallBit | WindowBit)) == SmallBit;

    public NodeKind Kind => IsDirectory ? NodeKind.Directory : IsBucket ? NodeKind.Bucket : IsRun ? NodeKind.Run : NodeKind.LeafTable;

    /// <summary>Whether bits lie undecided above the node, so that its prefix has to be compared.</summary>
    public bool Skips => (Bits & (SkipBit | ZerosBit)) != 0;

    public ChildWord Unfrozen => new(Bits & ~FrozenBit);

    /// <summary>The node's first word; for a directory its first slot.</summary>
    public byte* Address => IsDirectory ? (byte*)Directory.Slots : (byte*)(Bits >> AddressShift);

    public DirectoryTable Directory
    {
        get
        {
            uint window = (uint)(Bits >> WindowShift & WindowMask) + 1;
            int narrowing = BitOperations.Log2(window);
            int bitsDecided = Geometry.BitsPerTable - narrowing;
            return new DirectoryTable((ulong*)(Bits >> AddressShift), (int)(window - (1u << narrowing)) << bitsDecided, bitsDecided);
        }
    }

    public LeafTable LeafTable => new((ulong*)(Bits >> AddressShift));

    public Run Run => new((ulong*)(Bits >> AddressShift));

    public Bucket Bucket => new((ulong*)(Bits >> AddressShift), (int)(Bits & GroupsMask));

    /// <summary>The first key of the range of a leaf table or a full directory, from its descriptor.</summary>
    public ulong FirstKey
    {
        get
        {
            Debug.Assert(!IsSmall && !IsNarrow);
            return NodePage.FirstKey(Address);
        }
    }

    public bool IsNarrow => IsDirectory && (Bits >> WindowShift & WindowMask) != 0;

    /// <summary>How far the key is shifted right to give a directory's index.</summary>
    public int Shift => (int)(Bits & ShiftMask);

    /// <summary>A directory's slot on the way to <paramref name="key"/>.</summary>
    public int IndexOf(ulong key) => (int)((key >> Shift) & Geometry.IndexMask);

    /// <summary>The number of low key bits that a node decides in a slot that covers <paramref name="slotBits"/>.</summary>
    public int BitsBelow(int slotBits) =>
        Math.Min(slotBits, IsSmall ? Geometry.KeyBits : IsDirectory ? Shift + Geometry.BitsPerTable : Geometry.BitsPerTable);

    /// <summary>Names <paramref name="leaf"/> in a slot that covers <paramref name="slotBits"/> low bits.</summary>
    public static ChildWord To(LeafTable leaf, int slotBits) =>
        new((ulong)leaf.Slots << AddressShift | WindowBit | (slotBits > Geometry.BitsPerTable ? SkipBit : 0));

    public static ChildWord To(Run run) => new((ulong)run.Address << AddressShift | SmallBit | WindowBit | (run.Base & Geometry.IndexMask));

    public static ChildWord To(Bucket bucket) => new((ulong)bucket.Address << AddressShift | SmallBit | (uint)bucket.Groups);

    /// <summary>Names <paramref name="directory"/> in a slot that covers <paramref name="slotBits"/> low bits.</summary>
    public static ChildWord To(DirectoryTable directory, int shift, int slotBits)
    {
        int narrowing = Geometry.BitsPerTable - directory.BitsDecided;
        ulong window = (1UL << narrowing) + (uint)(directory.FirstIndex >> directory.BitsDecided) - 1;
        Debug.Assert(window <= WindowMask && (narrowing == 0 || shift + directory.BitsDecided >= slotBits));
        ulong mark = narrowing == 0 ? SkipMark(directory, shift, slotBits) : 0;
        return new((ulong)directory.Origin << AddressShift | DirectoryBit | window << WindowShift | (uint)shift | mark);
    }

    /// <summary>The same node named in a slot that covers <paramref name="slotBits"/> low bits: split above and collapse move nodes.</summary>
    public ChildWord MovedTo(int slotBits)
    {
        Debug.Assert(!IsNarrow);
        return IsSmall ? Unfrozen : IsDirectory ? To(Directory, Shift, slotBits) : To(LeafTable, slotBits);
    }

    private static ulong SkipMark(DirectoryTable directory, int shift, int slotBits)
    {
        int decided = shift + Geometry.BitsPerTable;
        if (decided >= Math.Min(slotBits, Geometry.KeyBits)) return 0;
        return slotBits == Geometry.KeyBits && directory.FirstKey >> decided == 0 ? ZerosBit : SkipBit;
    }

    public bool Equals(ChildWord other) => Bits == other.Bits;

    public override bool Equals(object? obj) => obj is ChildWord other && Equals(other);

    public override int GetHashCode() => Bits.GetHashCode();

    public override string ToString()
    {
        if (IsEmpty) return IsFrozen ? "EMPTY|F" : "EMPTY";
        string what = Kind switch
        {
            NodeKind.Directory => $"directory >>{Shift} of {1 << Directory.BitsDecided}",
            NodeKind.LeafTable => "leaf table",
            NodeKind.Run => "run",
            _ => $"bucket of {Bucket.Groups}",
        };
        string marks = $"{((Bits & SkipBit) != 0 ? " SKIP" : "")}{((Bits & ZerosBit) != 0 ? " ZEROS" : "")}";
        return $"{what} {(nuint)Address:x}{marks}{(IsFrozen ? "|F" : "")}";
    }
}
