using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Alloc.PageTable.Tests;

/// <summary>Keeps <c>docs/hot-path.md</c> honest: the machine code of a hit is compiled anew and counted.</summary>
public partial class HotPathTests
{
    [Fact]
    public void A_directory_costs_eight_instructions_and_one_load_and_nothing_on_the_path_is_locked()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return; // the listing is read as x64
        List<string> hit = OptimizedCode("Hit");
        List<string> directory = DirectoryLoop(hit);
        Assert.Equal(8, directory.Count);
        Assert.Single(directory, line => line.Contains("ptr [", StringComparison.Ordinal));
        Assert.InRange(hit.Count(IsInstruction), 40, 160);
        Assert.DoesNotContain(hit, line => line.StartsWith("lock", StringComparison.Ordinal) || line.Contains("fence", StringComparison.Ordinal) || line.StartsWith("xchg", StringComparison.Ordinal));
        // The hooks of validation mode are folded away.
        Assert.DoesNotContain(hit, line => line.Contains("Interleaving", StringComparison.Ordinal));
    }

    [Fact]
    public void The_hooks_of_validation_mode_are_seen_by_the_same_reading_when_they_are_on()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        Assert.Contains(OptimizedCode("Hit", ("ALLOC_VALIDATION", "1")), line => line.Contains("Interleaving", StringComparison.Ordinal));
    }

    // From the label that the loop's own jump goes back to, up to that jump.
    private static List<string> DirectoryLoop(List<string> lines)
    {
        for (int end = 0; end < lines.Count; end++)
        {
            Match jump = BackJump().Match(lines[end]);
            int begin = jump.Success ? lines.FindIndex(line => line.StartsWith(jump.Groups[1].Value + ":", StringComparison.Ordinal)) : -1;
            if (begin >= 0 && begin < end) return [.. lines[begin..(end + 1)].Where(IsInstruction)];
        }
        throw new InvalidOperationException("no loop in the listing:\n" + string.Join('\n', lines));
    }

    private static bool IsInstruction(string line) => !line.Contains(':', StringComparison.Ordinal) || line.StartsWith("call", StringComparison.Ordinal);

    private static List<string> OptimizedCode(string method, params (string Name, string Value)[] environment)
    {
        string file = Path.Combine(Path.GetTempPath(), $"alloc-hot-path-{Guid.NewGuid():N}.txt");
        try
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Alloc.HotPath.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DOTNET_JitStdOutFile"] = file;
            start.Environment["DOTNET_JitDisasm"] = method;
            start.Environment["ALLOC_VALIDATION"] = "0";
            foreach (var (name, value) in environment) start.Environment[name] = value;
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail("the program does not end");
            }
            Assert.True(process.ExitCode == 0, output.Result + errors.Result);

            var lines = new List<string>();
            bool inside = false;
            foreach (string line in File.ReadLines(file))
            {
                if (line.StartsWith("; Assembly listing", StringComparison.Ordinal)) inside = line.Contains($"Program:{method}(", StringComparison.Ordinal) && line.Contains("(Tier1)", StringComparison.Ordinal);
                else if (inside && !line.StartsWith(';') && line.Trim().Length > 0) lines.Add(line.Trim());
            }
            Assert.NotEmpty(lines);
            return lines;
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"^j\w+\s+(?:SHORT )?(G_M\w+_IG\d+)$")]
    private static partial Regex BackJump();
}
