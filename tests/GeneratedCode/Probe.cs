using System.Collections.Concurrent;
using System.Diagnostics;

namespace Alloc.GeneratedCode.Tests;

/// <summary>
/// <c>tests/CodeProbe</c>, compiled ahead of time: once for each processor. The object file is enough to read; it is not linked, so no linker for another
/// processor is needed.
/// </summary>
internal static class Probe
{
    private static readonly ConcurrentDictionary<Processor, Lazy<string>> Objects = new();

    /// <summary>The machine code of a method by the compiler's name for it.</summary>
    public static Listing Code(Processor processor, string symbol)
    {
        string[] style = processor == Processor.X64 ? ["-M", "intel"] : [];
        var listing = new Listing(Run(processor.Objdump, ["-d", "--no-show-raw-insn", .. style, "--disassemble=" + symbol, ObjectFor(processor)]));
        Assert.False(listing.IsEmpty, $"no code of {symbol}");
        return listing;
    }

    /// <summary>The names of everything that was compiled.</summary>
    public static string Symbols(Processor processor) => Run(processor.Objdump, ["-t", ObjectFor(processor)]);

    private static string ObjectFor(Processor processor) => Objects.GetOrAdd(processor, one => new(() => Compile(one))).Value;

    private static string Compile(Processor processor)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "probe", processor.Runtime);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        string said = Run("dotnet",
        [
            "build", Path.Combine(Root(), "tests", "CodeProbe", "Alloc.CodeProbe.csproj"), "-c", "Release", "-r", processor.Runtime, "--self-contained",
            "-p:PublishAot=true", "-p:CppLinker=true", "-p:StripSymbols=false", $"-p:LockFolder={folder}/locks", "--artifacts-path", folder,
            "-t:Build;ComputeResolvedFilesToPublishList;IlcCompile", "-v", "q", "--nologo", "--disable-build-servers",
        ]);
        string[] found = Directory.GetFiles(folder, "Alloc.CodeProbe.o", SearchOption.AllDirectories);
        Assert.True(found.Length == 1, $"the compiler made no object file:\n{said}");
        return found[0];
    }

    private static string Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // What the test host was started with is not meant for another build.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} does not end");
        }
        Assert.True(process.ExitCode == 0, $"{program} failed:\n{output.Result}{errors.Result}");
        return output.Result;
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Alloc.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException("The tests run outside a checkout of the repository.");
    }
}

/// <summary>A test of both processors' code: skipped, and said so, where a listing cannot be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EachProcessorAttribute : TheoryAttribute
{
    private static readonly string? Missing = FindMissing();

    public EachProcessorAttribute() => Skip = Missing;

    private static string? FindMissing()
    {
        if (!OperatingSystem.IsLinux()) return "The compiler for Linux runs on Linux only.";
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        string[] missing = [.. new[] { Processor.X64.Objdump, Processor.Arm64.Objdump }
            .Where(tool => !path.Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, tool))))];
        return missing.Length == 0 ? null : $"No code was read: no {string.Join(", no ", missing)} on the path.";
    }
}
