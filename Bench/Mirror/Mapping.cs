using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Alloc.Bench.Mirror;

/// <summary>
/// A private anonymous mapping of 4 KiB pages (no huge ones), straight from the system: only touched pages exist. Linux only.
/// </summary>
internal sealed unsafe partial class Mapping : IDisposable
{
    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private const int AdviseNoHugePages = 15;
    private static readonly nuint PageSize = (nuint)Environment.SystemPageSize;
    private byte* _address;

    public Mapping(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        Length = bytes;
        var address = MMap(null, (nuint)bytes, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if ((nint)address == -1)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _address = (byte*)address;
        _ = MAdvise(_address, (nuint)bytes, AdviseNoHugePages); // advice: a kernel without huge pages refuses it, rightly
    }

    public long Length { get; }

    public ulong FirstPage => (ulong)_address / PageSize;

    public int Pages => (int)(Length / (long)PageSize);

    /// <summary>Makes one page exist by a write.</summary>
    public void Touch(int page)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)page, (uint)Pages, nameof(page));
        ObjectDisposedException.ThrowIf(_address == null, this);
        _address[(nuint)page * PageSize] = 1;
    }

    public void Dispose()
    {
        if (_address != null)
        {
            _ = MUnmap(_address, (nuint)Length);
            _address = null;
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MUnmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MAdvise(void* address, nuint length, int advice);
}
