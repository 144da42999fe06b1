using System.Diagnostics;
using System.Reflection;

namespace Alloc.Bench.Mirror;

/// <summary>
/// This program once more, running one of its hidden commands. Disposing ends it: its input is closed, and if it does not go, it
/// is killed.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static ChildProcess Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };

        // Our own assembly under whatever host runs it: an apphost of that name, or "dotnet Alloc.Bench.dll".
        var assembly = typeof(ChildProcess).Assembly.Location;
        var host = Environment.ProcessPath;
        if (host is not null && Path.GetFileNameWithoutExtension(host) == Path.GetFileNameWithoutExtension(assembly)
            && Assembly.GetEntryAssembly() == typeof(ChildProcess).Assembly)
        {
            start.FileName = host;
        }
        else
        {
            start.FileName = host is not null && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(assembly);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException("The child process did not start."));
    }

    /// <summary>Waits for a line of its output. Throws if the child ends without it.</summary>
    public void WaitForLine(string line)
    {
        while (_process.StandardOutput.ReadLine() is { } read)
        {
            if (read == line)
            {
                return;
            }
        }

        throw new InvalidOperationException($"The child process ended without saying '{line}'.");
    }

    /// <summary>Everything it says until it ends; throws if it fails.</summary>
    public string ReadToEnd()
    {
        var output = _process.StandardOutput.ReadToEnd();
        _process.WaitForExit();
        return _process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"The child process failed with exit code {_process.ExitCode}.");
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // it is gone already
        }

        if (!_process.WaitForExit(Patience))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
