using System.Text.RegularExpressions;

namespace Alloc.GeneratedCode.Tests;

/// <summary>A processor that the probe is compiled for, and how its listing is read.</summary>
internal sealed partial record Processor(string Runtime, string Objdump, Regex Announce, Regex ProtectedLoad, Regex Leave, Regex Fence, Regex Busy, Regex Claim)
{
    // Stores to [register] without a displacement: the slot's first word, and in Native the word that says busy. The protected load's displacement,
    // 0x7a8, occurs nowhere else.
    public static readonly Processor X64 = new("linux-x64", "objdump", X64Slot(), X64Load(), X64Slot(), X64Fence(), X64Busy(), X64Claim());

    public static readonly Processor Arm64 = new("linux-arm64", "aarch64-linux-gnu-objdump", ArmRelease(), ArmLoad(), ArmRelease(), ArmFence(), ArmBusy(), ArmClaim());

    public static Processor Named(string runtime) => runtime == X64.Runtime ? X64 : Arm64;

    [GeneratedRegex(@"^mov QWORD PTR \[r\w+\],r\w+$")]
    private static partial Regex X64Slot();

    [GeneratedRegex(@"\[r\w+\+0x7a8\]$")]
    private static partial Regex X64Load();

    [GeneratedRegex(@"^(lock |[lms]fence|xchg .*PTR)")]
    private static partial Regex X64Fence();

    [GeneratedRegex(@"^mov DWORD PTR \[r\w+\],(0x1|e\w+|r\w+d)$")]
    private static partial Regex X64Busy();

    [GeneratedRegex(@"^cmp DWORD PTR \[r\w+(\+0x4)?\],0x0$")]
    private static partial Regex X64Claim();

    [GeneratedRegex(@"^stlr x\w+, \[x\d+\]$")]
    private static partial Regex ArmRelease();

    [GeneratedRegex(@"^ldr x\d+, \[x\d+, #1960\]$")]
    private static partial Regex ArmLoad();

    [GeneratedRegex(@"^(dmb|dsb|cas|swp|ldadd)")]
    private static partial Regex ArmFence();

    [GeneratedRegex(@"^stlr w\w+, \[x\d+\]$")]
    private static partial Regex ArmBusy();

    [GeneratedRegex(@"^lda(p|)r w\d+, \[x\d+\]$")]
    private static partial Regex ArmClaim();
}
