using System.Runtime.InteropServices;

namespace Alloc.Bench.Workloads;

/// <summary>
/// A key set on disk, so that a child process measures on the very same keys: count, sorted keys, their values; 64-bit words of
/// this machine.
/// </summary>
internal static class KeyFile
{
    public static void Write(string path, KeySet set)
    {
        using var file = File.Create(path);
        file.Write(BitConverter.GetBytes((ulong)set.Count));
        file.Write(MemoryMarshal.AsBytes(set.Sorted.AsSpan()));
        file.Write(MemoryMarshal.AsBytes(set.SortedValues.AsSpan()));
    }

    public static KeySet Read(string path, string name)
    {
        using var file = File.OpenRead(path);
        var header = new byte[sizeof(ulong)];
        file.ReadExactly(header);
        var count = BitConverter.ToUInt64(header);
        if (file.Length != sizeof(ulong) * (1 + (2 * (long)count)))
        {
            throw new InvalidDataException($"{path} does not hold {count} keys with their values.");
        }

        var keys = new ulong[count];
        var values = new ulong[count];
        file.ReadExactly(MemoryMarshal.AsBytes(keys.AsSpan()));
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return KeySet.FromSorted(name, keys, values);
    }
}
