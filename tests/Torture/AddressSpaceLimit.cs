using System.Globalization;
using System.Runtime.InteropServices;

namespace Alloc.Torture;

/// <summary>For as long as it lives the process gets no new address space, so that no thread can be started: what a full system does.</summary>
internal sealed unsafe partial class AddressSpaceLimit : IDisposable
{
    private const int AddressSpace = 9; // RLIMIT_AS on Linux

    private readonly Limit _before;

    private struct Limit
    {
        public nuint Soft, Hard;
    }

    /// <param name="tight">False: only goes through the motions, so that they are compiled.</param>
    public AddressSpaceLimit(bool tight)
    {
        fixed (Limit* before = &_before)
        {
            if (GetLimit(AddressSpace, before) != 0) throw new TortureException("getrlimit");
        }
        Limit limit = _before;
        string size = File.ReadAllText("/proc/self/statm");
        if (tight) limit.Soft = nuint.Parse(size.AsSpan(0, size.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture) * (nuint)Environment.SystemPageSize;
        if (SetLimit(AddressSpace, &limit) != 0) throw new TortureException("setrlimit");
    }

    public static bool IsSupported => OperatingSystem.IsLinux();

    public void Dispose()
    {
        fixed (Limit* before = &_before)
        {
            if (SetLimit(AddressSpace, before) != 0) throw new TortureException("setrlimit");
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, Limit* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, Limit* limit);
}
