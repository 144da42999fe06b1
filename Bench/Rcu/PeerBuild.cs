using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Alloc.Bench.Rcu;

/// <summary>
/// Compiles a part of <c>peers.c</c> with the machine's C compiler and loads it. Inlined C is what a C program gets; a binding to a
/// shared library would pay a call for each section.
/// </summary>
internal static class PeerBuild
{
    private const string Source = "peers.c";

    /// <summary>The loaded library; or null and, in a few words, why not.</summary>
    public static (nint Library, string? Problem) Load(string define, string package, params string[] libraries)
    {
        var folder = Directory.CreateTempSubdirectory("alloc-peers-");
        try
        {
            var source = Path.Combine(folder.FullName, Source);
            using (var text = typeof(PeerBuild).Assembly.GetManifestResourceStream(Source)!)
            using (var file = File.Create(source))
            {
                text.CopyTo(file);
            }

            var library = Path.Combine(folder.FullName, "peers.so");
            var problem = Compile(["-O2", "-shared", "-fPIC", $"-D{define}", "-o", library, source, .. libraries.Select(name => $"-l{name}")]);
            if (problem is not null)
            {
                return (0, $"{problem} (Debian: gcc, {package})");
            }

            return NativeLibrary.TryLoad(library, out var handle) ? (handle, null) : (0, $"what was compiled does not load ({package})");
        }
        finally
        {
            // A loaded library needs its file no longer.
            folder.Delete(recursive: true);
        }
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
