using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Alloc.PageTable.Tests;

/// <summary>Keeps <c>docs/hot-path.md</c> honest: the machine code of a hit is compiled anew and counted.</summary>
public class HotPathTests
{
    [Fact]
    public void Nothing_on_the_path_is_locked_and_the_hooks_are_folded_away()
    {
        if (!IsListed) return;
        List<string> hit = OptimizedCode("Hit");
        Assert.InRange(hit.Count(IsInstruction), 40, 160);
        Assert.DoesNotContain(hit, line => line.StartsWith("lock", StringComparison.Ordinal) || line.Contains("fence", StringComparison.Ordinal) || line.StartsWith("xchg", StringComparison.Ordinal));
        Assert.DoesNotContain(hit, line => line.Contains("Interleaving", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_kind_of_node_costs_what_the_page_says()
    {
        if (!IsListed) return;
        List<string> hit = OptimizedCode("Hit");
        IReadOnlyList<string> leaf = Way(directories: 1, isSmall: false, isWindow: true), deeper = Way(directories: 2, isSmall: false, isWindow: true);
        AssertListed("a directory", deeper.Count - leaf.Count, CodePath.Loads(deeper) - CodePath.Loads(leaf));
        AssertListed("dense keys, two directories", deeper.Count, CodePath.Loads(deeper));
        AssertListed("a run, two directories", Way(directories: 2, isSmall: true, isWindow: true));
        AssertListed("a bucket, two directories", Way(directories: 2, isSmall: true, isWindow: false, "tzcnt"));

        IReadOnlyList<string> Way(int directories, bool isSmall, bool isWindow, params string[] contains)
        {
            var bits = new Dictionary<ulong, bool[]>
            {
                [ChildWord.ZerosBit] = [!isSmall],
                [ChildWord.DirectoryBit] = [.. Enumerable.Repeat(true, directories), false],
                [ChildWord.SmallBit] = [isSmall],
                [ChildWord.WindowBit] = [isWindow],
            };
            if (!isSmall) bits[ChildWord.SkipBit] = [false];
            int atSmall = !isSmall ? 0 : isWindow ? 2 : 1;
            return CodePath.Of(hit, bits, LoadsOfSectionAndRoot + directories + atSmall + 1, [.. contains, "rol"]);
        }
    }

    private const int LoadsOfSectionAndRoot = 7;

    private static bool IsListed => RuntimeInformation.ProcessArchitecture == Architecture.X64 && System.Runtime.Intrinsics.X86.Avx512F.VL.IsSupported;

    private static void AssertListed(string what, IReadOnlyList<string> way) => AssertListed(what, way.Count, CodePath.Loads(way));

    // The page has them as "| what | **instructions** | **loads** |".
    private static void AssertListed(string what, int instructions, int loads)
    {
        string row = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "hot-path.md")).SingleOrDefault(line => line.StartsWith($"| {what} |", StringComparison.Ordinal)) ?? "no such row";
        Assert.Equal($"| {what} | **{instructions}** | **{loads}** |", row);
    }

    [Fact]
    public void The_hooks_of_validation_mode_are_seen_by_the_same_reading_when_they_are_on()
    {
        if (!IsListed) return;
        Assert.Contains(OptimizedCode("Hit", ("ALLOC_VALIDATION", "1")), line => line.Contains("Interleaving", StringComparison.Ordinal));
    }

    private static bool IsInstruction(string line) => !line.Contains(':', StringComparison.Ordinal) || line.StartsWith("call", StringComparison.Ordinal);

    private static List<string> OptimizedCode(string method, params (string Name, string Value)[] environment)
    {
        List<string> lines = [];
        for (int rounds = 60; rounds < 10_000 && lines.Count == 0; rounds *= 5) lines = OptimizedCode(method, rounds, environment);
        Assert.NotEmpty(lines);
        return lines;
    }

    // None where the optimizing tier has not come.
    private static List<string> OptimizedCode(string method, int rounds, (string Name, string Value)[] environment)
    {
        string file = Path.Combine(Path.GetTempPath(), $"alloc-hot-path-{Guid.NewGuid():N}.txt");
        try
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Alloc.HotPath.dll"), rounds.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DOTNET_JitStdOutFile"] = file;
            start.Environment["DOTNET_JitDisasm"] = method;
            start.Environment["ALLOC_VALIDATION"] = "0";
            start.Environment["DOTNET_TieredCompilation"] = "1";
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
            return lines;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
