using System.Diagnostics;

namespace Alloc.Mutants;

/// <summary>One's turn on a machine that is shared: held by a command that echoes a line as soon as it has it, until its input ends.</summary>
/// <remarks>The watchdog of a check must not run while others have the machine, so the turn is waited for before the check begins.</remarks>
internal sealed class Turn : IDisposable
{
    private readonly Process? _holder;

    /// <param name="command">For example a lock around <c>cat</c>; null: the machine is one's own.</param>
    public Turn(string? command)
    {
        if (command is null) return;
        string[] words = command.Split(' ');
        _holder = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _holder.StandardInput.WriteLine("?");
        _holder.StandardInput.Flush();
        if (_holder.StandardOutput.ReadLine() is null) throw new MutantException($"\"{command}\" gave no turn");
    }

    public void Dispose()
    {
        if (_holder is null) return;
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
