using System.Runtime.InteropServices;

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
/// What the systems' documentation says as we remember it, since only Linux is run; not yet read again word by word:
/// Windows rounds a reservation's address down to 64 KiB, which 2 MiB alignment satisfies; MEM_RELEASE takes a size of 0 and the very address that
/// MEM_RESERVE gave, so a chunk there is a reservation of its own (<see cref="AddressSpace"/>); committing committed pages is allowed, and their
/// content stays; decommitted pages read as zero when committed again; VirtualProtect wants committed pages of one reservation, as chunks are.
/// macOS has other numbers for MAP_ANON and MAP_NORESERVE and the same for the rest; its MADV_DONTNEED may keep the content, hence the fresh mapping;
/// Apple's Arm64 has pages of 16 KiB, so there single pages of 4 KiB are neither decommitted nor guarded (<see cref="SystemPageSize"/>), chunks are.
/// Both give user space 47 bits of address, Linux as well unless a hint asks for more; the source checks all the same.
/// An advice that a kernel does not know is EINVAL and changes nothing.
/// </remarks>
internal static unsafe partial class SystemMemory
{
    private const int ProtNone = 0, ProtReadWrite = 3;
    private const int MapPrivate = 2;
    private const int MadvDontNeed = 4, MadvHugePage = 14, MadvNoHugePage = 15;
    private const int MadvPopulateWrite = 23, MadvGuardInstall = 102, MadvGuardRemove = 103;
    private const int MemCommit = 0x1000, MemReserve = 0x2000, MemDecommit = 0x4000, MemRelease = 0x8000;
    private const int PageNoAccess = 1, PageReadWrite = 4;
    private const int Eintr = 4, Eagain = 11, Einval = 22;

    private static readonly bool IsWindows = OperatingSystem.IsWindows();
    private static readonly bool IsLinux = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid();
    private static readonly int MapAnonymous = IsLinux ? 0x20 : 0x1000;
    private static readonly int MapFixed = 0x10;
    private static readonly int MapNoReserve = IsLinux ? 0x4000 : 0x40;

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
        byte* aligned = (byte*)(((nuint)wide + alignment - 1) & ~(alignment - 1));
        if (aligned > wide)
            Unmap(wide, (nuint)(aligned - wide));
        nuint tail = (nuint)(wide + alignment - aligned);
        if (tail > 0)
            Unmap(aligned + size, tail);
        return aligned;
    }

    public static void Release(byte* address, nuint size)
    {
        if (IsWindows)
            VirtualFree(address, 0, MemRelease);
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
        if (!IsLinux || s_populateUnknown)
            return true;
        if (MAdvise(address, size, MadvPopulateWrite) == 0)
            return true;
        switch (Marshal.GetLastPInvokeError())
        {
            case Einval:
                s_populateUnknown = true;
                return true;
            case Eintr or Eagain:
                return true; // not now: the first touches will do it
            default:
                return false;
        }
    }

    /// <summary>Gives the memory of a range back and keeps its addresses; it reads as zero afterwards. False: not done.</summary>
    public static bool Decommit(byte* address, nuint size)
    {
        if (IsWindows)
            return VirtualFree(address, size, MemDecommit);
        if (IsLinux)
            return MAdvise(address, size, MadvDontNeed) == 0;
        // MADV_DONTNEED is only a hint elsewhere; a fresh mapping in the same place is not.
        return MMap(address, size, ProtReadWrite, MapPrivate | MapAnonymous | MapFixed | MapNoReserve, -1, 0) == address;
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
        byte* address = MMap(null, size, ProtReadWrite, MapPrivate | MapAnonymous | MapNoReserve, -1, 0);
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
            VirtualFree(address, 0, MemRelease);
            byte* wide = VirtualAlloc(null, size + alignment, MemReserve, PageReadWrite);
            if (wide == null)
                return null;
            byte* aligned = (byte*)(((nuint)wide + alignment - 1) & ~(alignment - 1));
            VirtualFree(wide, 0, MemRelease);
            address = VirtualAlloc(aligned, size, MemReserve, PageReadWrite);
            if (address != null)
                return address;
        }
        return null;
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
