using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// 64 bytes that lie beside a page, never inside it: five words for whoever owns the page, then 24 bytes of the allocator.
/// </summary>
/// <remarks>
/// <code>
/// chunk, 2 MiB aligned                         descriptor
/// +-----------------------------+ 0            +-----------------------------+ 0
/// | descriptors 0..511          |              | Word0 .. Word4: the owner's |
/// +-----------------------------+ 32 KiB       +-----------------------------+ 40
/// | pages 8..511                |              | tag: allocator id, kind     |
/// +-----------------------------+ 2 MiB        | the allocator's             |
///                                              +-----------------------------+ 64
/// </code>
/// The owner's words are zero when a page is handed out, whichever way it was asked for. The allocator reads none of them
/// while the page is out. They may be touched by any thread that may touch the page.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public unsafe struct PageDescriptor
{
    /// <summary>Bytes in a descriptor.</summary>
    public const int Size = 64;

    /// <summary>The owner's first word. Zero when the page is handed out.</summary>
    [FieldOffset(0)] public ulong Word0;

    /// <summary>The owner's second word. Zero when the page is handed out.</summary>
    [FieldOffset(8)] public ulong Word1;

    /// <summary>The owner's third word. Zero when the page is handed out.</summary>
    [FieldOffset(16)] public ulong Word2;

    /// <summary>The owner's fourth word. Zero when the page is handed out.</summary>
    [FieldOffset(24)] public ulong Word3;

    /// <summary>The owner's fifth word. Zero when the page is handed out.</summary>
    [FieldOffset(32)] public ulong Word4;

    /// <summary>Who gave the page out, and as what: see <see cref="PageTag"/>. Zero while the page is free.</summary>
    [FieldOffset(40)] internal ulong Tag;

    /// <summary>The page beside which this descriptor lies. Pure arithmetic: nothing is loaded.</summary>
    public Page Page
    {
        get
        {
            byte* self = (byte*)Unsafe.AsPointer(ref this);
            byte* chunk = (byte*)((nuint)self & ~(nuint)(Chunk.Size - 1));
            return Page.FromAddress(chunk + (((nuint)(self - chunk) / Size) * Page.Size));
        }
    }

    /// <summary>
    /// The descriptor of the page that contains an address. Pure arithmetic: nothing is loaded, and for an address that came
    /// from no <see cref="PageAllocator"/> the result means nothing.
    /// </summary>
    /// <param name="addressInsidePage">Any address inside a page or block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PageDescriptor* Of(void* addressInsidePage)
    {
        // The page's number times 64, by one shift and one mask: (address / 4096 % 512) * 64.
        nuint address = (nuint)addressInsidePage;
        return (PageDescriptor*)((address & ~(nuint)(Chunk.Size - 1)) + ((address / (Page.Size / Size)) & (Chunk.HeadSize - Size)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void ClearOwnerWords()
    {
        Word0 = 0;
        Word1 = 0;
        Word2 = 0;
        Word3 = 0;
        Word4 = 0;
    }
}

/// <summary>
/// The word by which a free is checked: one compare tells whether the page is out, and out of this allocator.
/// <code>
/// 63                        8 7      0
/// +--------------------------+--------+
/// | allocator id (never 0)   | kind   |     0 = free
/// +--------------------------+--------+
/// </code>
/// </summary>
internal static class PageTag
{
    /// <summary>A page in its owner's hands.</summary>
    public const ulong Live = 1;

    /// <summary>The same, but not charged to any limit: it came from the reserve and goes back there.</summary>
    public const ulong LiveReserved = 2;

    /// <summary>Part of a slab: its blocks are out, not the page.</summary>
    public const ulong Slab = 3;

    /// <summary>Freed, but held back by the quarantine.</summary>
    public const ulong Quarantined = 4;

    /// <summary>Holds blocks of different sizes.</summary>
    public const ulong Mixed = 5;

    /// <summary>The same, one of four pages together.</summary>
    public const ulong Wide = 6;

    public static ulong Of(ulong allocatorId, ulong kind) => (allocatorId << 8) | kind;
}
