using System.Runtime.InteropServices;

namespace Alloc.Bench.Peers;

/// <summary>
/// Values by key in one reserved range of addresses, page tables by the hardware: the physical limit of any table of dense keys.
/// A value of zero is an absent one.
/// </summary>
internal sealed unsafe partial class FlatArray : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymousNoReserve = 0x4022;
    private readonly nuint _bytes;

    public FlatArray(long entries)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("The flat array is mapped with Linux's mmap.");
        }

        Length = (ulong)entries;
        _bytes = (nuint)entries * sizeof(ulong);
        Values = (ulong*)Map(null, _bytes, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if ((nint)Values == -1)
        {
            throw new OutOfMemoryException($"The system does not map {_bytes} bytes.");
        }
    }

    public ulong* Values { get; }

    /// <summary>How many keys there is room for.</summary>
    public ulong Length { get; }

    /// <summary>No key from here on was ever put; whoever puts keeps it.</summary>
    public ulong End { get; set; }

    public ulong Count
    {
        get
        {
            var count = 0UL;
            for (ulong key = 0; key < End; key++)
            {
                count += Values[key] != 0 ? 1UL : 0;
            }

            return count;
        }
    }

    public void Dispose() => Unmap(Values, _bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
