namespace Alloc.Models.Tests;

/// <summary>A test that runs model searches: skipped, and said so, where Spin, a C compiler or bash is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SpinFactAttribute : FactAttribute
{
    private static readonly string? Missing = FindMissing();

    public SpinFactAttribute() => Skip = Missing;

    private static string? FindMissing()
    {
        string compiler = Environment.GetEnvironmentVariable("CC") is { Length: > 0 } cc ? cc : "cc";
        string[] missing = [.. new[] { "bash", "spin", compiler }.Where(tool => !IsOnPath(tool))];
        return missing.Length == 0 ? null : $"The models were not searched: no {string.Join(", no ", missing)} on the path.";
    }

    private static bool IsOnPath(string tool)
    {
        if (OperatingSystem.IsWindows()) return false;
        if (Path.IsPathRooted(tool)) return File.Exists(tool);
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, tool)));
    }
}
