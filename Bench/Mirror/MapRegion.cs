using System.Globalization;

namespace Alloc.Bench.Mirror;

/// <summary>One line of <c>/proc/PID/maps</c>: a mapping of the address space, end exclusive.</summary>
internal readonly record struct MapRegion(ulong Start, ulong End, string Permissions, string Path)
{
    /// <summary>A reservation without any right (PROT_NONE) has no pages of its own; runtimes reserve hundreds of GiB this way.</summary>
    public bool IsReservationOnly => Permissions.AsSpan(0, 3).SequenceEqual("---");

    /// <summary>Addresses of the upper half (vsyscall) lie outside what pagemap can be asked for.</summary>
    public bool IsKernelHalf => Start >= 1UL << 63;

    public static bool TryParse(ReadOnlySpan<char> line, out MapRegion region)
    {
        region = default;
        var dash = line.IndexOf('-');
        var space = line.IndexOf(' ');
        if (dash <= 0 || space <= dash
            || !ulong.TryParse(line[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start)
            || !ulong.TryParse(line[(dash + 1)..space], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end)
            || end <= start)
        {
            return false;
        }

        // perms offset dev inode [path, which may hold spaces]
        var rest = line[(space + 1)..];
        if (rest.Length < 4)
        {
            return false;
        }

        var permissions = rest[..4];
        for (var field = 0; field < 4; field++)
        {
            var next = rest.IndexOf(' ');
            rest = next < 0 ? default : rest[next..].TrimStart(' ');
        }

        region = new MapRegion(start, end, permissions.ToString(), rest.ToString());
        return true;
    }

    /// <summary>The mappings of a process, ascending. Throws what opening a file throws: no such process, no right.</summary>
    public static List<MapRegion> ReadAll(int pid)
    {
        var regions = new List<MapRegion>();
        foreach (var line in File.ReadLines($"/proc/{pid}/maps"))
        {
            if (TryParse(line, out var region))
            {
                regions.Add(region);
            }
        }

        return regions;
    }
}
