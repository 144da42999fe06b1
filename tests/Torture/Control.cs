using System.Runtime.CompilerServices;
using Alloc.Native;
using Alloc.PageTable;

namespace Alloc.Torture;

/// <summary>The negative control: a library that frees without a grace period must not survive the storm, or the storm proves nothing.</summary>
internal static class Control
{
    public const string FaultOption = "--fault-no-grace-period";
    public const string DawdleOption = "--dawdle";
    public const string UninitialisedOption = "--fault-uninitialised";

    private const int Attempts = 4;

    [ThreadStatic]
    private static uint t_random;

    [ThreadStatic]
    private static bool t_reads;

    /// <summary>In this process retired nodes and cells go back to the allocator at once.</summary>
    public static void BreakGracePeriods() => NodeHeap.SkipsGracePeriods = true;

    /// <summary>The control of memory checkers: harmless, and they must report it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe void BranchOnWhatNobodyWrote()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Source = PageSourceKind.AlignedAlloc });
        if (!pages.TryAllocateUninitialized(out Page page)) return;
        if (page.Address[100] == 17) Console.WriteLine("by chance the byte was 17");
        pages.Free(page);
    }

    /// <summary>In this process lookups dawdle before their loads, so that what they hold would be in other hands before they come to it.</summary>
    public static void MakeReadersDawdle()
    {
        Interleaving.Hook = static (step, _) =>
        {
            if (step != Step.Read || !t_reads) return;
            uint x = t_random = t_random * 1664525 + 1013904223;
            if (x >> 26 != 0) return;
            Thread.Yield();
            Thread.SpinWait((int)(x >> 12 & 0x3FFF));
        };
    }

    /// <summary>The calling thread does lookups only.</summary>
    public static void ThisThreadReads() => t_reads = true;

    public static void Run(Arena arena)
    {
        foreach (string scenario in new[] { "map-zap", "nodes" }) Run(arena, scenario);
    }

    private static void Run(Arena arena, string scenario)
    {
        // With grace periods the same delays do no harm, so it is their lack that the broken ones die of.
        int sound = Child.Run(arena, scenario, arena.Seed, Math.Max(1, arena.Time.TotalSeconds / 4), [DawdleOption], out string soundSaid);
        Arena.Check(sound == 0, $"{scenario} with grace periods and the same delays: exit code {sound}\n{soundSaid}");
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int exit = Child.Run(arena, scenario, arena.Seed + attempt, Math.Max(3, arena.Time.TotalSeconds / 2), [FaultOption], out string said);
            // A fault that it reports, or the end of the process by what it read: both are a detection. Nothing else is.
            if (exit == Exit.Fault || exit > 128 || exit < 0)
            {
                arena.Count("broken library detected");
                return;
            }
            Arena.Check(exit is 0 or Exit.Inconclusive, $"the control did not run: exit code {exit}\n{said}");
        }
        throw new TortureException($"a library without grace periods survived {scenario} {Attempts} times");
    }
}
