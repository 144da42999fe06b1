using System.Numerics;
using Alloc.Native;

namespace Alloc.PageTable;

/// <summary>What is known of a node to be built beside its entries.</summary>
internal readonly record struct Outlook
{
    /// <summary>Entries in one place suggest more: the node gets room to grow around <see cref="Key"/>.</summary>
    public bool Grows { get; init; }

    public ulong Key { get; init; }

    /// <summary>The node that it follows, whose kind is kept a little longer than it would be chosen anew.</summary>
    public ChildWord Predecessor { get; init; }

    /// <summary>The directory above; EMPTY at the root, and where it is being built too.</summary>
    public ChildWord Parent { get; init; }

    /// <summary>The node is copied to save memory: its block comes from the fullest slab.</summary>
    public bool Compacts { get; init; }

    /// <summary>The neighbouring slot's leaf table is filled up to this slot: dense keys go on here.</summary>
    public bool DenseBeside { get; init; }
}

/// <summary>The node that fits.</summary>
internal readonly record struct Shape(NodeKind Kind)
{
    /// <summary>Of a bucket.</summary>
    public int Groups { get; init; }

    /// <summary>Of a run: its first key, and its bytes.</summary>
    public ulong Base { get; init; }

    public int Bytes { get; init; }

    /// <summary>Of a directory: how far the key is shifted for the index, and how many bits of it count.</summary>
    public int Shift { get; init; }

    public int BitsDecided { get; init; }
}

/// <summary>Which node fits which content: the only place that decides it. <see cref="NodeBuilder"/> makes it.</summary>
/// <remarks>
/// The first line that holds, for n entries that span s keys:
/// <code>
/// one child, no entry                                     that child, EMPTY
/// one 512-key block, and n ≥ 128 or no longer run or      leaf table        4,096 bytes
///   dense keys beside it                                  (until n &lt; 96)
/// n ≥ 4, s ≤ 508, s ≤ 2 n + 4                             run               32 bytes + 8 a key of the window, grows by half
/// n ≤ 204, none of the two reserved keys                  bucket            64 bytes for four lanes, at most four of five taken when
///                                                                           built, grows by a quarter to a half
/// directly under its parent                               directory of 64, 128 or 256, so that about 1.6 scattered entries come to a slot
/// with bits skipped above, or under the root, or over     directory of 512
///   windows where a quarter of the slots beside is taken
/// </code>
/// Small nodes shrink only when they are copied for another reason, or in <c>Trim</c>, which copies those that would take half.
/// <para>A narrow directory whose buckets are full becomes a wider one (<see cref="Widening"/>).</para>
/// <para>A directory of 512 over 205 random keys costs 73 bytes a key, one of 128 about 40; with 256 it would be 54. A bucket of 128 groups would
/// carry 408 keys up to a directory of 512, and cost 60 there.</para>
/// </remarks>
internal static unsafe class Fit
{
    public const int FewestForLeafTable = 128;
    private const int FewestToStayLeafTable = 96;
    private const int FewestForRun = 4;
    private const int FewestRunWords = 12;
    private const int FilledParts = 4;
    private const int MostInGroupOne = Bucket.LanesPerGroup - 1;

    private static ReadOnlySpan<byte> GroupSizes => [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64];

    /// <summary>Entries of a bucket when it is built; until it is crowded more come in.</summary>
    public static int Limit(int groups) => groups == 1 ? MostInGroupOne : (groups * Bucket.LanesPerGroup - 1) * 4 / 5;

    /// <param name="entries">At least one.</param>
    /// <param name="slotBits">The low key bits that the slot covers.</param>
    /// <param name="outlook">What may come.</param>
    public static Shape Choose(in Entries entries, int slotBits, in Outlook outlook)
    {
        int n = entries.Count;
        entries.GetBounds(out ulong lowest, out ulong highest);
        ulong reach = highest - lowest;
        bool oneBlock = lowest >> Geometry.BitsPerTable == highest >> Geometry.BitsPerTable;
        bool runFits = reach < Run.MaxCount && n >= FewestForRun && reach + 1 <= 2 * (uint)n + 4;
        Shape run = runFits ? RunOf(lowest, highest, slotBits, outlook) : default;
        if (oneBlock)
        {
            int fewest = outlook.Predecessor.IsLeafTable ? FewestToStayLeafTable : FewestForLeafTable;
            bool ownSlot = slotBits == Geometry.BitsPerTable;
            if (ownSlot && outlook.DenseBeside || (runFits ? ownSlot && run.Bytes >= PageAllocator.MaxBlockSize : n >= fewest)) return new Shape(NodeKind.LeafTable) { Bytes = Page.Size };
        }
        if (runFits) return run;
        if (GroupsFor(n, outlook, out int groups) && !entries.ContainsReserved()) return new Shape(NodeKind.Bucket) { Groups = groups, Bytes = groups * Geometry.LineBytes };
        // Reserved keys that are alone.
        if (oneBlock) return reach < Run.MaxCount && n < FewestForRun ? RunOf(lowest, highest, slotBits, outlook) : new Shape(NodeKind.LeafTable) { Bytes = Page.Size };
        return DirectoryOf(entries, lowest ^ highest, slotBits, outlook);
    }

    private static Shape RunOf(ulong lowest, ulong highest, int slotBits, in Outlook outlook)
    {
        int span = (int)(highest - lowest) + 1;
        int want = outlook.Grows ? Math.Max(span + span / 2, FewestRunWords) : span;
        int bytes = NodeMemory.BlockBytes(Run.HeaderBytes + Math.Min(want, Run.MaxCount) * sizeof(ulong));
        ulong first = lowest;
        if (outlook.Grows && outlook.Key == lowest && span > 1)
        {
            // Keys come from above: the room is below, as far as the slot goes.
            ulong room = (ulong)((bytes - Run.HeaderBytes) / sizeof(ulong) - span);
            first = lowest - Math.Min(room, lowest - Geometry.FirstOfBlock(lowest, slotBits));
        }
        return new Shape(NodeKind.Run) { Base = first, Bytes = bytes };
    }

    private static bool GroupsFor(int n, in Outlook outlook, out int groups)
    {
        // A bucket that has become crowded with live keys grows; one that is full of removed ones is only swept.
        int fewest = outlook.Grows && outlook.Predecessor.IsBucket && n * 3 >= outlook.Predecessor.Bucket.Groups * 8 - 2 ? outlook.Predecessor.Bucket.Groups + 1 : 1;
        foreach (byte size in GroupSizes)
        {
            groups = size;
            if (size >= fewest && Limit(size) >= n) return true;
        }
        groups = 0;
        return false;
    }

    private static Shape DirectoryOf(in Entries entries, ulong difference, int slotBits, in Outlook outlook)
    {
        int highest = BitOperations.Log2(difference);
        // The root's slot takes all there is: a level saved there is saved for every key.
        int wanted = slotBits == Geometry.KeyBits ? Geometry.BitsPerTable : BitsFor(entries, outlook);
        int shift = Math.Max(Geometry.BitsPerTable, highest + 1 - wanted);
        if (slotBits < Geometry.KeyBits)
        {
            // The bits that the slot leaves above the highest difference are part of the index.
            int bits = Math.Max(Geometry.FewestBits, slotBits - shift);
            if (bits < Geometry.BitsPerTable) return new Shape(NodeKind.Directory) { Shift = shift, BitsDecided = bits, Bytes = NodeMemory.NarrowDirectoryBytes(bits) };
        }
        return new Shape(NodeKind.Directory) { Shift = shift, BitsDecided = Geometry.BitsPerTable, Bytes = Page.Size };
    }

    // Scattered keys: as many slots as 1.6 entries each ask for. Windows of neighbours, of which two have met in one slot: as many as there
    // can be where the slots beside this one are taken too, few where they are not.
    private static int BitsFor(in Entries entries, in Outlook outlook)
    {
        if (entries.AreMostlyNeighbours()) return IsFilled(outlook.Parent) ? Geometry.BitsPerTable : Geometry.FewestBits;
        return Math.Clamp(BitOperations.Log2((uint)entries.Count * 5 / 8), Geometry.FewestBits, Geometry.BitsPerTable);
    }

    private static bool IsFilled(ChildWord parent)
    {
        if (parent.IsEmpty) return false;
        DirectoryTable directory = parent.Directory;
        int children = 0;
        for (int i = directory.FirstIndex; i < directory.EndIndex; i++)
        {
            if (!directory.ReadChild(i).IsEmpty) children++;
        }
        return children * FilledParts >= 1 << directory.BitsDecided;
    }

    /// <summary>Whether keys go on from the neighbouring slot into this one: its leaf table is filled up to the border.</summary>
    public static bool IsDenseBeside(in TreePath path)
    {
        if (path.IsAtRoot || path.SlotBits != Geometry.BitsPerTable) return false;
        DirectoryTable parent = path.Parent;
        int index = parent.IndexOf(path.Slot);
        return (index > parent.FirstIndex && IsFilled(parent.ReadChild(index - 1), Geometry.SlotsPerTable - 1))
            || (index + 1 < parent.EndIndex && IsFilled(parent.ReadChild(index + 1), 0));
    }

    private static bool IsFilled(ChildWord node, int border) => node.IsLeafTable && !ValueWord.IsAbsent(node.LeafTable[border].Read());
}
