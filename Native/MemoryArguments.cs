namespace Alloc.Native;

/// <summary>The three ways in which systems are asked for memory.</summary>
internal enum SystemKind
{
    Linux,

    /// <summary>And whatever else has mmap.</summary>
    MacOS,

    Windows,
}

/// <summary>What became of MADV_POPULATE_WRITE.</summary>
internal enum Populated
{
    Done,

    /// <summary>Not now: the first touches will do it.</summary>
    Later,

    /// <summary>The kernel is older than the advice.</summary>
    Unknown,

    NoMemory,
}

/// <summary>
/// The arguments of the system calls in <see cref="SystemMemory"/>, computed apart from the calls, so that those of each system are tested on any.
/// </summary>
internal static class MemoryArguments
{
    public const int ProtNone = 0, ProtReadWrite = 3;
    public const int MadvDontNeed = 4, MadvHugePage = 14, MadvNoHugePage = 15;
    public const int MadvPopulateWrite = 23, MadvGuardInstall = 102, MadvGuardRemove = 103;
    public const int MemCommit = 0x1000, MemReserve = 0x2000, MemDecommit = 0x4000, MemRelease = 0x8000;
    public const int PageNoAccess = 1, PageReadWrite = 4;

    private const int MapPrivate = 2, MapFixed = 0x10;
    private const int Eintr = 4, Eagain = 11, Einval = 22;

    public static SystemKind Current { get; } =
        OperatingSystem.IsWindows() ? SystemKind.Windows
        : OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? SystemKind.Linux
        : SystemKind.MacOS;

    /// <summary>The flags of mmap, for memory of no file.</summary>
    /// <param name="system">Whose.</param>
    /// <param name="replaces">Whether it replaces what is mapped at the very address.</param>
    public static int MapFlags(SystemKind system, bool replaces)
    {
        const int linuxAnonymous = 0x20, linuxNoReserve = 0x4000, anonymous = 0x1000;
        int flags = MapPrivate | (system == SystemKind.Linux ? linuxAnonymous | linuxNoReserve : anonymous);
        return replaces ? flags | MapFixed : flags;
    }

    /// <summary>VirtualFree: a release has a size of 0 and frees the whole reservation; a decommit takes every page that the range touches.</summary>
    public static (nuint Size, int Type) Free(nuint size, bool release) => release ? (0, MemRelease) : (size, MemDecommit);

    public static nuint AlignUp(nuint address, nuint alignment) => (address + alignment - 1) & ~(alignment - 1);

    /// <summary>What of a mapping that is larger by <paramref name="alignment"/> than what is wanted lies before and behind the aligned part.</summary>
    public static (nuint Head, nuint Tail) Ends(nuint start, nuint alignment)
    {
        nuint head = AlignUp(start, alignment) - start;
        return (head, alignment - head);
    }

    /// <summary>
    /// Whether a range is made of whole pages of the system. Every call that takes memory away works on whole ones, and rounds a length up: over what lies behind.
    /// </summary>
    public static bool IsWhole(nuint address, nuint size, nuint systemPage) => ((address | size) & (systemPage - 1)) == 0;

    /// <summary>The whole system pages in a run of <see cref="Page"/>s: as numbers within a word of 64, of which the first lies on such a border.</summary>
    public static (int Start, int Length) Inner(int start, int length, int systemPage)
    {
        int unit = Math.Max(1, systemPage / Page.Size);
        int first = (start + unit - 1) / unit * unit;
        int end = (start + length) / unit * unit;
        return (first, Math.Max(0, end - first));
    }

    public static Populated OfPopulate(int result, int error) => (result, error) switch
    {
        (0, _) => Populated.Done,
        (_, Einval) => Populated.Unknown,
        (_, Eintr or Eagain) => Populated.Later,
        _ => Populated.NoMemory,
    };
}
