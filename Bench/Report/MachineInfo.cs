using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Alloc.Bench.Report;

/// <summary>Where and how a run was made: without this its figures say nothing.</summary>
internal sealed record MachineInfo(
    string System, string Processor, int Cores, long MemoryBytes, int PageBytes, string HugePages, string Runtime, string Collector, string Build, string Commit)
{
    public static MachineInfo Read() => new(
        RuntimeInformation.OSDescription.Trim(),
        $"{FirstValue("/proc/cpuinfo", "model name") ?? "unknown processor"}, {RuntimeInformation.ProcessArchitecture}",
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Environment.SystemPageSize,
        FirstLine("/sys/kernel/mm/transparent_hugepage/enabled") ?? "unknown",
        RuntimeInformation.FrameworkDescription,
        GCSettings.IsServerGC ? "server" : "workstation",
        IsOptimized ? "Release" : "Debug",
        CommitOfBuild());

    /// <summary>In one line, for the head of a report.</summary>
    public override string ToString() => $"{Processor}, {Cores} cores; {System}; {Runtime}, {Collector} collector; {Build}, commit {Commit[..Math.Min(9, Commit.Length)]}";

    /// <summary>False in a Debug build, whose figures mean nothing.</summary>
    public static bool IsOptimized { get; } =
        typeof(MachineInfo).Assembly.GetCustomAttribute<System.Diagnostics.DebuggableAttribute>()?.IsJITOptimizerDisabled != true;

    private static string CommitOfBuild()
    {
        var version = typeof(MachineInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        return version.IndexOf('+') is var plus && plus >= 0 ? version[(plus + 1)..] : "unknown";
    }

    private static string? FirstLine(string path) => Lines(path).FirstOrDefault()?.Trim();

    private static string? FirstValue(string path, string name) =>
        Lines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
