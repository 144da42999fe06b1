using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Alloc.Native.Tests;

public class GeneratedCodeTests
{
    /// <summary>G1: what the memory model does not promise, and the essay of CacheState relies on.</summary>
    [Fact]
    public void The_owner_stores_busy_before_he_looks_at_the_claim()
    {
        string listing = Path.GetTempFileName();
        try
        {
            ChildProgram.Expect(ChildProgram.Survived, "enter",
                ("DOTNET_JitDisasm", "EnterProbe"), ("DOTNET_JitStdOutFile", listing), ("ALLOC_VALIDATION", "0"));
            string code = File.ReadAllText(listing);
            Assert.Contains("EnterProbe", code);
            string order = RuntimeInformation.ProcessArchitecture == Architecture.X64
                ? @"mov\s+dword ptr \[(\w+)\], 1\s[^;]*?(cmp\s+dword ptr \[\1\+0x04\], 0|lea\s+(\w+), \[\1\+0x04\]\s+cmp\s+dword ptr \[\3\], 0)"
                : @"stlr\s[^;]*?lda(p|)r\s";
            Assert.Matches(new Regex(order, RegexOptions.Singleline), code);
        }
        finally
        {
            File.Delete(listing);
        }
    }
}
