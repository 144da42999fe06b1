using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Alloc.Bench.Peers.Native;

/// <summary>
/// Starts this program once more with liburcu loaded from the beginning. Only then do its thread-local words, aligned to two cache lines, lie
/// where one instruction reaches them, as in a program that is linked with it; loaded later, each section would call a function for them.
/// </summary>
internal static class Preload
{
    private const string Variable = "LD_PRELOAD";
    private static readonly string[] Libraries = ["liburcu-memb.so.8", "liburcu-qsbr.so.8"];

    /// <summary>False where this process has them already or the machine has none: then the work is to be done here.</summary>
    public static bool TryRunAgain(out int exit, params string[] arguments)
    {
        exit = 0;
        if (Environment.GetEnvironmentVariable(Variable) is not null || !Libraries.All(name => NativeLibrary.TryLoad(name, out _)))
        {
            return false;
        }

        var assembly = Assembly.GetExecutingAssembly().Location;
        var host = Environment.ProcessPath ?? "dotnet";
        string[] program = Path.GetFileName(host) == "dotnet" ? ["exec", assembly] : [];
        var start = new ProcessStartInfo(host, [.. program, .. arguments]);
        start.Environment[Variable] = string.Join(' ', Libraries);
        using var again = Process.Start(start)!;
        again.WaitForExit();
        exit = again.ExitCode;
        return true;
    }
}
