using System.Runtime.InteropServices;
using System.Text;

namespace Alloc.Bench.Mirror;

/// <summary>The number by which a file system knows a file: inode on Unix, file index on Windows. Links are not followed.</summary>
internal static partial class FileIdentity
{
    // struct statx (Linux, the same on every processor): stx_ino is the 64-bit word at 32; 256 bytes in all.
    private const int StatxInodeOffset = 32;
    private const int AtCurrentDirectory = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint StatxInode = 0x100;

    // struct stat of macOS with 64-bit inodes: dev (4), mode (2), nlink (2), ino (8).
    private const int DarwinInodeOffset = 8;

    // BY_HANDLE_FILE_INFORMATION: 13 words of 32 bits, the last two are the file index, high word first.
    private const int WindowsIndexHigh = 11;

    /// <summary>False where the system has no such number, or the file is gone or unreadable.</summary>
    public static unsafe bool TryGet(string path, out ulong identity)
    {
        identity = 0;
        var buffer = stackalloc byte[512];
        try
        {
            if (OperatingSystem.IsLinux())
            {
                if (Statx(AtCurrentDirectory, NullTerminated(path), AtSymlinkNoFollow, StatxInode, buffer) != 0)
                {
                    return false;
                }

                identity = *(ulong*)(buffer + StatxInodeOffset);
            }
            else if (OperatingSystem.IsMacOS())
            {
                var name = NullTerminated(path);
                var result = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? LStatInode64(name, buffer) : LStat(name, buffer);
                if (result != 0)
                {
                    return false;
                }

                identity = *(ulong*)(buffer + DarwinInodeOffset);
            }
            else if (OperatingSystem.IsWindows())
            {
                using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
                if (GetFileInformationByHandle(file.DangerousGetHandle(), buffer) == 0)
                {
                    return false;
                }

                var words = (uint*)buffer;
                identity = ((ulong)words[WindowsIndexHigh] << 32) | words[WindowsIndexHigh + 1];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }

        return identity != 0;
    }

    private static byte[] NullTerminated(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    [LibraryImport("libc", EntryPoint = "statx")]
    private static unsafe partial int Statx(int directory, byte[] path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "lstat")]
    private static unsafe partial int LStat(byte[] path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64")]
    private static unsafe partial int LStatInode64(byte[] path, byte* buffer);

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandle")]
    private static unsafe partial int GetFileInformationByHandle(nint file, byte* information);
}
