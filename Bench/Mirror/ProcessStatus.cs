using System.Globalization;

namespace Alloc.Bench.Mirror;

/// <summary>Sizes from <c>/proc/PID/status</c>, in bytes.</summary>
internal static class ProcessStatus
{
    /// <summary>A field such as <c>VmPTE</c> or <c>VmRSS</c>; null where the system, the process or the field is missing.</summary>
    public static long? Read(int pid, string field)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            return Parse(File.ReadLines($"/proc/{pid}/status"), field);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static long? Parse(IEnumerable<string> lines, string field)
    {
        foreach (var line in lines)
        {
            // "VmPTE:	      44 kB"
            if (line.Length > field.Length && line[field.Length] == ':' && line.StartsWith(field, StringComparison.Ordinal))
            {
                var value = line.AsSpan(field.Length + 1).Trim();
                if (!value.EndsWith(" kB") || !long.TryParse(value[..^3].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes))
                {
                    return null;
                }

                return kilobytes * 1024;
            }
        }

        return null;
    }
}
