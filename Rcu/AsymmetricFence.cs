using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Alloc.Rcu;

// A store-to-load fence split in two halves of very different price. The frequent side pays nothing, the rare side makes
// every processor that runs a thread of this process execute a full fence at some moment between its call and return
// (membarrier on Linux, FlushProcessWriteBuffers on Windows).
//
//   guarantee  For a frequent side "store X; Light; load Y" and a rare side "store Y; Heavy; load X", at least one of the
//              loads sees the other side's store.
//   argument   The frequent thread meets the forced fence either before its load of Y, then Y's store is visible to that
//              load; or after it, then X's store, earlier in program order, is visible when Heavy returns.
//   compiler   The argument needs "store X" before "load Y" in the instruction stream. The .NET memory model lets a load pass
//              an earlier volatile store, so a volatile store alone proves nothing. RyuJIT never moves a memory access over a
//              memory-barrier node; on x86/x64 Volatile.ReadBarrier is such a node and emits no instruction, so Light uses it.
//              On Arm64 it would emit one, and RyuJIT keeps volatile accesses in program order, so Light leaves it out there.
//              A disassembly test guards both.
//   fallback   Where the system has no such barrier, or it is switched off, Light is a full fence and Heavy is one too.
//
// This is the only file that calls Interlocked.MemoryBarrierProcessWide.
internal static unsafe partial class AsymmetricFence
{
    /// <summary>True when readers must fence for themselves. Asked of the system once, or forced by the switch.</summary>
    public static readonly bool IsFenced =
        Switch.IsOn("Alloc.Rcu.FencedReaders", "ALLOC_RCU_FENCED") || !SystemHasProcessWideBarrier();

    /// <summary>The frequent side's half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Light()
    {
        if (IsFenced) Interlocked.MemoryBarrier();
        else if (X86Base.IsSupported) Volatile.ReadBarrier();
    }

    /// <summary>The rare side's half: about 0.6 µs when no other thread runs, 10 to 20 µs otherwise.</summary>
    public static void Heavy()
    {
        if (IsFenced) Interlocked.MemoryBarrier();
        else Interlocked.MemoryBarrierProcessWide();
    }

    private static bool SystemHasProcessWideBarrier()
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()) return true;
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsAndroid()) return false;
        nint call = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 324,
            Architecture.X86 => 375,
            Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 283,
            Architecture.Arm => 389,
            _ => -1,
        };
        if (call < 0) return false;
        try
        {
            // The runtime registers for and uses exactly this command, when the kernel offers it.
            const nint Query = 0, PrivateExpedited = 1 << 3;
            nint commands = SystemCall(call, Query, 0, 0);
            return commands > 0 && (commands & PrivateExpedited) != 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint command, nint flags, nint processor);
}
