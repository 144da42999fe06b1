using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Alloc.Native.Tests;

/// <summary>What must not happen inside the test host: crashes, and runs with a switch that is read once.</summary>
internal static unsafe class ChildProgram
{
    public const int Survived = 0, Caught = 3;

    private static int Main(string[] args)
    {
        try
        {
            return args switch
            {
                ["read-guarded"] => ReadGuarded(),
                ["follow-poison"] => FollowPoison(),
                ["read-live"] => ReadLive(),
                ["enter"] => Enter(),
                ["resident", string huge] => ExcessAfterPeak(Enum.Parse<HugePageUse>(huge)),
                ["pressure", string on] => Collections(bool.Parse(on)),
                ["stress", string name] => Stress.ByName(name) ? Survived : Stress.FoundOut,
                _ => 64,
            };
        }
        catch (NullReferenceException)
        {
            return Caught;
        }
    }

    /// <summary>Runs one of the above and demands that it ends as it should.</summary>
    public static void Expect(int code, string scenario, params (string Name, string Value)[] environment)
    {
        int actual = Run(scenario, out string errors, environment);
        Assert.True(code == actual, $"'{scenario}' ended with {actual}, not {code}: {errors}");
    }

    /// <summary>Runs one of the above; returns its exit code.</summary>
    public static int Run(string scenario, params (string Name, string Value)[] environment) => Run(scenario, out _, environment);

    private static int Run(string scenario, out string errors, (string Name, string Value)[] environment)
    {
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host, ["exec", typeof(ChildProgram).Assembly.Location, .. scenario.Split(' ')])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process child = Process.Start(start)!;
        Task<string> reading = child.StandardError.ReadToEndAsync();
        child.StandardOutput.ReadToEnd();
        if (!child.WaitForExit(Checks.Watchdog))
        {
            child.Kill();
            Assert.Fail($"The child process '{scenario}' hangs.");
        }
        errors = reading.Result;
        return child.ExitCode;
    }

    private static int ReadGuarded()
    {
        var allocator = new PageAllocator(new() { Hardening = Hardening.Guard });
        allocator.TryAllocate(out Page page);
        page.Address[100] = 1;
        allocator.Free(page);
        return page.Address[100] & Survived;
    }

    private static int ReadLive()
    {
        var allocator = new PageAllocator(new() { Hardening = Hardening.Guard });
        allocator.TryAllocate(out Page page);
        allocator.Free(page);
        allocator.Trim();
        allocator.TryAllocate(out page);
        return page.Address[100] & Survived;
    }

    /// <summary>How many garbage collections 400 MiB of native memory cause, when there is no garbage.</summary>
    private static int Collections(bool reports)
    {
        var allocator = new PageAllocator(new() { ReportsMemoryPressure = reports });
        for (int i = 0; i < 100_000; i++)
            allocator.TryAllocateUninitialized(out _);
        return Math.Min(GC.CollectionCount(0), 50);
    }

    /// <summary>
    /// What the system counts, not what we do: the MiB by which the resident size after a peak exceeds the live set and 5 % of it.
    /// </summary>
    private static int ExcessAfterPeak(HugePageUse huge)
    {
        var allocator = new PageAllocator(new() { HugePages = huge, TrimsWhenIdle = false });
        var pages = new Page[50_000];
        // Once for the code and the caches of the runtime, then once that counts.
        long before = 0, live = 0;
        for (int round = 0; round < 2; round++)
        {
            before = Resident();
            for (int i = 0; i < pages.Length; i++)
            {
                allocator.TryAllocate(out pages[i]);
                pages[i].Address[1] = 1;
            }
            for (int i = 0; i < pages.Length; i++)
            {
                if (round == 0 || i % 20 != 0)
                    allocator.Free(pages[i]);
            }
            allocator.Trim();
            live = allocator.GetStatistics().LiveBytes;
        }
        return (int)Math.Clamp((Resident() - before - (live * 105 / 100)) >> 20, 0, 60);
    }

    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * SystemMemory.SystemPageSize;

    /// <summary>The switch is read before the probe is compiled, so that the JIT can fold it away.</summary>
    private static int Enter()
    {
        var core = new CacheCore(1, thread: null);
        CacheState.TryEnter(core.State);
        CacheState.Leave(core.State);
        int code = EnterProbe(core.State);
        GC.KeepAlive(core);
        return code;
    }

    /// <summary>For the test that looks at what the JIT makes of it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int EnterProbe(CacheState* cache)
    {
        if (!CacheState.TryEnter(cache))
            return 1;
        CacheState.Leave(cache);
        return Survived;
    }

    private static int FollowPoison()
    {
        var allocator = new PageAllocator(new() { Hardening = Hardening.Poison });
        allocator.TryAllocateBlock(64, out byte* block);
        ((byte**)block)[1] = block;
        allocator.FreeBlock(block);
        return *((byte**)block)[1] & Survived;
    }
}
