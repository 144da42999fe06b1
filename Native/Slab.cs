using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// A slab's books, in the descriptor of its first page: the allocator owns that page, so the owner's words are free for it. The
/// descriptors of its other pages say only how far away the first one is.
/// </summary>
/// <remarks>All but <see cref="Class"/> and <see cref="Offset"/> are read and written under the lock of the class.</remarks>
[StructLayout(LayoutKind.Explicit, Size = PageDescriptor.Size)]
internal unsafe struct Slab
{
    [FieldOffset(0)] private fixed ulong _free[SizeClasses.MaxBlocks / 64];
    [FieldOffset(32)] public Slab* Next;
    [FieldOffset(40)] public ulong Tag;
    [FieldOffset(48)] public Slab* Previous;
    [FieldOffset(56)] public ushort FreeCount;
    [FieldOffset(58)] public byte Class;

    /// <summary>Pages between the slab's first page and this one.</summary>
    [FieldOffset(59)] public byte Offset;

    /// <summary>The list that holds the slab, or <see cref="InNoList"/> (full).</summary>
    [FieldOffset(60)] public byte Bin;

    public const byte InNoList = byte.MaxValue;

    /// <summary>The slab that owns a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Slab* Of(void* block)
    {
        var part = (Slab*)PageDescriptor.Of(block);
        return part - part->Offset;
    }

    /// <summary>How far an address lies from the start of its slab, from the descriptor of its page alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint OffsetOf(Slab* part, void* address) =>
        ((uint)part->Offset * Page.Size) + ((uint)(nuint)address & (Page.Size - 1));

    /// <summary>The class of the block that starts at an address of the slab, or a negative number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ClassAt(Slab* part, void* address)
    {
        uint sizeClass = part->Class;
        return SizeClasses.GeometryOf(sizeClass)->IsBlock(OffsetOf(part, address)) ? (int)sizeClass : -1;
    }

    /// <summary>The first byte of the slab that this describes. Pure arithmetic.</summary>
    public static byte* Start(Slab* slab) => ((PageDescriptor*)slab)->Page.Address;

    /// <summary>Makes a slab of a span. Nobody else sees it yet.</summary>
    public static Slab* Open(byte* span, int sizeClass, ulong tag)
    {
        var first = (Slab*)PageDescriptor.Of(span);
        for (int i = 0; i < SizeClasses.SpanOf(sizeClass); i++)
        {
            first[i] = default;
            first[i].Class = (byte)sizeClass;
            first[i].Offset = (byte)i;
            first[i].Tag = tag;
        }
        int blocks = SizeClasses.BlocksOf(sizeClass);
        for (int w = 0; w < SizeClasses.MaxBlocks / 64; w++)
        {
            int bits = Math.Clamp(blocks - (w * 64), 0, 64);
            first->_free[w] = bits == 64 ? ulong.MaxValue : (1UL << bits) - 1;
        }
        first->FreeCount = (ushort)blocks;
        first->Bin = InNoList;
        return first;
    }

    /// <summary>Makes pages of an emptied slab again: every word of theirs is zero.</summary>
    public static void Close(Slab* slab)
    {
        int pages = SizeClasses.SpanOf(slab->Class);
        for (int i = 0; i < pages; i++)
            slab[i] = default;
    }

    /// <summary>Takes the free block of the lowest address. There must be one.</summary>
    public int TakeLowest()
    {
        for (int w = 0; ; w++)
        {
            if (_free[w] == 0)
                continue;
            int bit = BitOperations.TrailingZeroCount(_free[w]);
            _free[w] &= _free[w] - 1;
            FreeCount--;
            return (w * 64) + bit;
        }
    }

    public bool IsFree(int block) => (_free[block >> 6] >> (block & 63) & 1) != 0;

    /// <summary>False: the block is free already.</summary>
    public bool TryReturn(int block)
    {
        if (IsFree(block))
            return false;
        _free[block >> 6] |= 1UL << (block & 63);
        FreeCount++;
        return true;
    }
}
