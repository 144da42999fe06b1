using System.Diagnostics;
using Alloc.Bench.Cli;

namespace Alloc.Bench.Tests.Cli;

/// <summary>Runs the real program in a folder, and gives back all that it said.</summary>
internal static class BenchProgram
{
    public static (int Exit, string Output, string Error) Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        string[] all = ["exec", typeof(BenchCommand).Assembly.Location, .. arguments];
        Array.ForEach(all, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
