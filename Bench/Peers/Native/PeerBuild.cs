using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Alloc.Bench.Peers.Native;

/// <summary>
/// Compiles one of the C sources that this program carries with the machine's C compiler, and loads it. Inlined C is what a C program gets; a
/// binding to a shared library would pay a call for each operation.
/// </summary>
internal static class PeerBuild
{
    /// <summary>
    /// The loaded library; or zero and, in a few words, why not. Fast where its thread-local words cost what they cost in a C program; otherwise
    /// a function is called for their address, several times a section.
    /// </summary>
    public static (nint Library, string? Problem, bool Fast) Load(string source, string define, string package, params string[] libraries)
    {
        var folder = Directory.CreateTempSubdirectory("alloc-peers-");
        try
        {
            var path = Path.Combine(folder.FullName, source);
            using (var text = typeof(PeerBuild).Assembly.GetManifestResourceStream(source)!)
            using (var file = File.Create(path))
            {
                text.CopyTo(file);
            }

            // First with thread-local words reached by one load, as in a program that is linked with the library.
            var (library, _) = Build(path, "initial-exec", define, package, libraries);
            if (library != 0)
            {
                return (library, null, true);
            }

            (library, var problem) = Build(path, "global-dynamic", define, package, libraries);
            return (library, problem, false);
        }
        finally
        {
            // A loaded library needs its file no longer.
            folder.Delete(recursive: true);
        }
    }

    private static (nint Library, string? Problem) Build(string source, string threadLocals, string define, string package, string[] libraries)
    {
        var output = Path.ChangeExtension(source, threadLocals + ".so");
        var problem = Compile(["-O2", "-shared", "-fPIC", $"-ftls-model={threadLocals}", $"-D{define}", "-o", output, source,
            .. libraries.Select(name => $"-l{name}")]);
        return problem is not null ? (0, $"{problem} (Debian: gcc, {package})")
            : NativeLibrary.TryLoad(output, out var library) ? (library, null)
            : (0, $"what was compiled does not load ({package})");
    }

    private static string? Compile(string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("cc", arguments) { RedirectStandardError = true };
            using var compiler = Process.Start(start)!;
            var said = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? null
                : said.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal))?.Trim() ?? $"cc ended with {compiler.ExitCode}";
        }
        catch (Win32Exception)
        {
            return "no C compiler named cc";
        }
    }
}
