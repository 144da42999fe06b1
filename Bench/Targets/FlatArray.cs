using System.Runtime.InteropServices;

namespace Alloc.Bench.Targets;

/// <summary>
/// Values by key in one reserved range of addresses, page tables by the hardware: the physical limit of any table of dense keys.
/// A value of zero is an absent one.
/// </summary>
internal sealed unsafe partial class FlatArray : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymousNoReserve = 0x4022;
    private readonly nuint _bytes;

    public FlatArray(int entries)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("The flat array is mapped with Linux's mmap.");
        }

        _bytes = (nuint)entries * sizeof(ulong);
        Values = (ulong*)Map(null, _bytes, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if ((nint)Values == -1)
        {
            throw new OutOfMemoryException($"The system does not map {_bytes} bytes.");
        }
    }

    public ulong* Values { get; }

    public void Dispose() => Unmap(Values, _bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
