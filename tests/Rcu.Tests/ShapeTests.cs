using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Alloc.Tests;

/// <summary>
/// Reads the machine code of the sections: the protected load lies after the announcing store and before the leaving one, and there is no fence and no
/// locked instruction. The memory model alone does not promise it (AsymmetricFence.cs), so it is looked at.
/// </summary>
[Collection(NeedsTheProcessors.Name)]
public partial class ShapeTests
{
    private static readonly string[] Methods = ["Flat", "Nested", "Implicit", "LoadTooEarly"];

    [Fact]
    public void The_loads_of_a_section_stay_between_its_announcement_and_its_end_in_the_code_of_the_JIT()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return; // the listing below is read as x64
        string file = Path.Combine(Path.GetTempPath(), $"alloc-shape-{Guid.NewGuid():N}.txt");
        try
        {
            string listing = "";
            for (int seconds = 1; seconds < 100 && !Methods.All(method => OptimizedCode(listing, method).Count != 0); seconds *= 4)
            {
                File.Delete(file);
                var (code, output) = ProgramTests.Run("shape", seconds, ("DOTNET_JitStdOutFile", file), ("DOTNET_JitDisasm", string.Join(' ', Methods)),
                    ("ALLOC_RCU_FENCED", "0"), ("ALLOC_VALIDATION", "0"), ("DOTNET_TieredCompilation", "1"));
                Assert.True(code == 0, output);
                listing = File.ReadAllText(file);
            }
            Assert.All(Methods, method => Assert.NotEmpty(OptimizedCode(listing, method)));
            foreach (string method in (string[])["Flat", "Nested", "Implicit"])
            {
                var lines = OptimizedCode(listing, method);
                Assert.True(LoadIsProtected(lines), $"{method}:\n{string.Join('\n', lines)}");
                Assert.DoesNotContain(lines, line => line.Contains("lock", StringComparison.Ordinal) || line.Contains("fence", StringComparison.Ordinal));
            }
            // About what a section costs, counted: entering and leaving in at most this many instructions.
            Assert.InRange(OptimizedCode(listing, "Flat").Count, 5, 16);
            Assert.InRange(OptimizedCode(listing, "Nested").Count, 5, 18);
            // The control: the reading must be able to say no.
            Assert.False(LoadIsProtected(OptimizedCode(listing, "LoadTooEarly")));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static List<string> OptimizedCode(string listing, string method)
    {
        var lines = new List<string>();
        bool inside = false;
        foreach (string line in listing.Split('\n'))
        {
            if (line.StartsWith("; Assembly listing", StringComparison.Ordinal))
                inside = line.Contains($"Shape:{method}(", StringComparison.Ordinal) && line.Contains("(Tier1)", StringComparison.Ordinal);
            else if (inside && line.StartsWith("       ", StringComparison.Ordinal) && line.Trim().Length > 0)
                lines.Add(line.Trim());
        }
        return lines;
    }

    // The only stores to [register] without a displacement are those to the slot's first word.
    private static bool LoadIsProtected(List<string> lines)
    {
        string displacement = "+0x" + Litmus.Shape.Displacement.ToString("X4", CultureInfo.InvariantCulture);
        int load = lines.FindIndex(line => line.Contains(displacement, StringComparison.Ordinal));
        int announce = lines.FindIndex(line => SlotStore().IsMatch(line));
        int leave = lines.FindLastIndex(line => SlotStore().IsMatch(line));
        return announce >= 0 && announce < load && load < leave;
    }

    [GeneratedRegex(@"^mov\s+qword ptr \[r\w+\], r\w+$")]
    private static partial Regex SlotStore();
}
