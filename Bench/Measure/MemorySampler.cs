using System.Diagnostics;

namespace Alloc.Bench.Measure;

/// <summary>The resident size of this process, in bytes.</summary>
internal static class MemorySampler
{
    /// <summary>Cheap enough to be called thousands of times: one small read on Linux.</summary>
    public static long ResidentBytes()
    {
        if (OperatingSystem.IsLinux())
        {
            // "size resident shared …", in pages
            Span<byte> text = stackalloc byte[128];
            try
            {
                using var file = File.OpenHandle("/proc/self/statm");
                var read = RandomAccess.Read(file, text, 0);
                var fields = text[..read];
                fields = fields[(fields.IndexOf((byte)' ') + 1)..];
                var end = fields.IndexOf((byte)' ');
                if (end > 0 && long.TryParse(fields[..end], out var pages))
                {
                    return pages * Environment.SystemPageSize;
                }
            }
            catch (IOException)
            {
                // no /proc: ask the slow way
            }
        }

        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>The resident size after a full, compacting collection that gives memory back.</summary>
    public static long ResidentBytesAfterCollection()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return ResidentBytes();
    }
}
