namespace Alloc.Bench.Mirror;

/// <summary>
/// The 64-bit word that <c>/proc/PID/pagemap</c> shows for one page.
/// <code>
///  63       62       61           55          54                    0
///  present  swapped  file/shared  soft-dirty  frame number, or the swap type (5 bits) and offset (50)
/// </code>
/// </summary>
internal readonly record struct PagemapWord(ulong Bits)
{
    public const ulong PresentBit = 1UL << 63;
    public const ulong SwappedBit = 1UL << 62;
    public const ulong EntryBits = PresentBit | SwappedBit;
    public const ulong FrameMask = (1UL << 55) - 1;

    /// <summary>A page that has somewhere to be; without this the word is not an entry, whatever its soft-dirty bit says.</summary>
    public bool IsEntry => (Bits & EntryBits) != 0;

    public bool IsPresent => (Bits & PresentBit) != 0;

    public bool IsSwapped => (Bits & SwappedBit) != 0;

    /// <summary>Zero where the reader lacks CAP_SYS_ADMIN: the kernel then hides frame numbers.</summary>
    public ulong Frame => IsPresent ? Bits & FrameMask : 0;
}
