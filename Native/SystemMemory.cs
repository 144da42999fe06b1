using System.Runtime.InteropServices;
using static Alloc.Native.MemoryArguments;

namespace Alloc.Native;

/// <summary>
/// Every system call of the layer. Nothing here throws for want of memory: null and false are the results. A call that the
/// running system does not know is found out once and not tried again.
/// </summary>
/// <remarks>
/// | step      | Linux                                   | macOS                    | Windows                  |
/// | reserve   | mmap, private anonymous, no reserve     | the same                 | VirtualAlloc MEM_RESERVE |
/// | commit    | MADV_POPULATE_WRITE (5.14), or nothing  | nothing                  | VirtualAlloc MEM_COMMIT  |
/// | decommit  | MADV_DONTNEED: reads as zero again      | mmap MAP_FIXED over it   | VirtualFree MEM_DECOMMIT |
/// | release   | munmap                                  | munmap                   | VirtualFree MEM_RELEASE  |
/// | guard     | MADV_GUARD_INSTALL (6.13), or mprotect  | mprotect                 | VirtualProtect NOACCESS  |
/// Run is Linux alone. The others were read against their documentation: VirtualAlloc, VirtualFree and VirtualProtect of the Windows SDK; mmap(2) and
/// madvise(2) of Darwin and of Linux (man-pages 6.7); <see cref="MemoryArguments"/> has what came of it, tested for all three.
/// Windows: a reservation's address is rounded down to 64 KiB, which 2 MiB alignment satisfies; a release takes the very address that the reservation gave, so
/// a chunk there is a reservation of its own (<see cref="AddressSpace"/>), and VirtualProtect, which wants committed pages of one reservation, has one; to
/// commit what is committed, or decommit what is not, is no failure; what is committed anew reads as zero.
/// macOS (XNU's bsd/sys/mman.h, bsd/kern/kern_mman.c, mmap(2)): a mapping of no file takes −1 for the file, or a tag; MAP_NORESERVE is in the header but not in the
/// manual, so it is not asked for; with MAP_FIXED an address off a page is EINVAL; munmap of no bytes or off a page is EINVAL, hence no empty ends are cut; MADV_DONTNEED
/// is a hint that may keep the content, MADV_FREE_REUSABLE one that promises nothing about it and wants MADV_FREE_REUSE before the next use, hence the fresh mapping, which replaces
/// the old one at one stroke. The kernel asks for no more than the page's alignment of an address: 16 KiB on Arm64.
/// Pages of 16 KiB (Apple's Arm64) or 64 KiB (some Linux): what takes memory away is refused for less than whole ones
/// (<see cref="MemoryArguments.IsWhole"/>), since lengths are rounded up, over neighbours.
/// Linux: MADV_DONTNEED is refused for locked memory, which then stays; an advice that a kernel does not know is EINVAL and changes nothing.
/// All give user space 47 bits of address, Linux as well unless a hint asks for more; the source checks all the same.
/// </remarks>
internal static unsafe partial class SystemMemory
{
    private static readonly bool IsWindows = Current == SystemKind.Windows;
    private static readonly bool IsLinux = Current == SystemKind.Linux;

    private static bool s_populateUnknown;

    /// <summary>True where memory must be committed before its first use.</summary>
    public static bool CommitIsRequired => IsWindows;

    /// <summary>True where committing ahead is cheaper than faulting page by page.</summary>
    public static bool CommitHelps => IsWindows || (IsLinux && !s_populateUnknown);

    /// <summary>The unit of protection and of decommitting, in bytes: 16 KiB on some Arm64 systems.</summary>
    public static readonly int SystemPageSize = Environment.SystemPageSize;

    /// <summary>Address space, aligned, or null.</summary>
    public static byte* Reserve(nuint size, nuint alignment)
    {
        if (IsWindows)
            return ReserveWindows(size, alignment);

        byte* address = Map(size);
        if (address == null || ((nuint)address & (alignment - 1)) == 0)
            return address;

        // Not aligned: take more, and give the ends back.
        Unmap(address, size);
        byte* wide = Map(size + alignment);
        if (wide == null)
            return null;
        (nuint head, nuint tail) = Ends((nuint)wide, alignment);
        if (head > 0)
            Unmap(wide, head);
        if (tail > 0)
            Unmap(wide + head + size, tail);
        return wide + head;
    }

    public static void Release(byte* address, nuint size)
    {
        if (IsWindows)
            FreeWindows(address, size, release: true);
        else
            Unmap(address, size);
    }

    /// <summary>
    /// Backs a range with memory. False: the system has none. Where neither needed nor known it does nothing, and the first
    /// touch of each page does the work.
    /// </summary>
    public static bool Commit(byte* address, nuint size)
    {
        if (IsWindows)
            return VirtualAlloc(address, size, MemCommit, PageReadWrite) != null;
        if (!IsLinux || s_populateUnknown || !IsWhole((nuint)address, size, (nuint)SystemPageSize))
            return true;
        int result = MAdvise(address, size, MadvPopulateWrite);
        switch (OfPopulate(result, Marshal.GetLastPInvokeError()))
        {
            case Populated.NoMemory:
                return false;
            case Populated.Unknown:
                s_populateUnknown = true;
                return true;
            default:
                return true;
        }
    }

    /// <summary>Gives the memory of a range back and keeps its addresses; it reads as zero afterwards. False: not done.</summary>
    public static bool Decommit(byte* address, nuint size)
    {
        if (!IsWhole((nuint)address, size, (nuint)SystemPageSize))
            return false;
        if (IsWindows)
            return FreeWindows(address, size, release: false);
        if (IsLinux)
            return MAdvise(address, size, MadvDontNeed) == 0;
        return MMap(address, size, ProtReadWrite, MapFlags(Current, replaces: true), -1, 0) == address;
    }

    /// <summary>Asks for huge pages, or asks not to get them, where the system lets one ask.</summary>
    public static void AdviseHugePages(byte* address, nuint size, bool huge)
    {
        if (IsLinux)
            MAdvise(address, size, huge ? MadvHugePage : MadvNoHugePage);
    }

    /// <summary>Makes a range fault on any access. Its content is lost. False: not done.</summary>
    public static bool Guard(byte* address, nuint size)
    {
        if (!IsWhole((nuint)address, size, (nuint)SystemPageSize))
            return false;
        if (IsWindows)
            return VirtualProtect(address, size, PageNoAccess, out _);
        return Guards.ByMadvise ? MAdvise(address, size, MadvGuardInstall) == 0 : MProtect(address, size, ProtNone) == 0;
    }

    /// <summary>Takes a guard away. False: the range still faults.</summary>
    public static bool Unguard(byte* address, nuint size)
    {
        if (IsWindows)
            return VirtualProtect(address, size, PageReadWrite, out _);
        return Guards.ByMadvise ? MAdvise(address, size, MadvGuardRemove) == 0 : MProtect(address, size, ProtReadWrite) == 0;
    }

    /// <summary>Found out once, on a page of its own: what was guarded in one way cannot be unguarded in the other.</summary>
    private static class Guards
    {
        public static readonly bool ByMadvise = Probe();

        private static bool Probe()
        {
            if (!IsLinux)
                return false;
            byte* page = Map((nuint)SystemPageSize);
            if (page == null)
                return false;
            bool known = MAdvise(page, (nuint)SystemPageSize, MadvGuardInstall) == 0;
            Unmap(page, (nuint)SystemPageSize);
            return known;
        }
    }

    private static byte* Map(nuint size)
    {
        byte* address = MMap(null, size, ProtReadWrite, MapFlags(Current, replaces: false), -1, 0);
        return address == (byte*)-1 ? null : address;
    }

    private static void Unmap(byte* address, nuint size) => MUnmap(address, size);

    private static byte* ReserveWindows(nuint size, nuint alignment)
    {
        // Windows gives back only what it gave out: look for an aligned place, free, and ask for that place. Another thread
        // may take it in between, hence the attempts.
        for (int attempt = 0; attempt < 16; attempt++)
        {
            byte* address = VirtualAlloc(null, size, MemReserve, PageReadWrite);
            if (address == null || ((nuint)address & (alignment - 1)) == 0)
                return address;
            FreeWindows(address, size, release: true);
            byte* wide = VirtualAlloc(null, size + alignment, MemReserve, PageReadWrite);
            if (wide == null)
                return null;
            var aligned = (byte*)AlignUp((nuint)wide, alignment);
            FreeWindows(wide, size + alignment, release: true);
            address = VirtualAlloc(aligned, size, MemReserve, PageReadWrite);
            if (address != null)
                return address;
        }
        return null;
    }

    private static bool FreeWindows(byte* address, nuint size, bool release)
    {
        (size, int type) = Free(size, release);
        return VirtualFree(address, size, type);
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* MMap(byte* address, nuint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MUnmap(byte* address, nuint size);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MAdvise(byte* address, nuint size, int advice);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int MProtect(byte* address, nuint size, int protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial byte* VirtualAlloc(byte* address, nuint size, int type, int protection);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(byte* address, nuint size, int type);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(byte* address, nuint size, int protection, out int previous);
}
