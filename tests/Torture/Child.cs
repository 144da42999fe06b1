using System.Diagnostics;
using System.Globalization;

namespace Alloc.Torture;

/// <summary>This program in a process of its own, running one scenario: for what a process does not survive.</summary>
internal static class Child
{
    public const string ExitOption = "--exit-after-milliseconds";

    /// <summary>The exit code of a child that was told to end by itself.</summary>
    public const int Ended = 42;

    /// <summary>The process ends at some instant, whatever its threads are doing then; finding anything wrong later is too late to tell.</summary>
    public static void ExitAfter(int milliseconds) => new Thread(() =>
    {
        Thread.Sleep(milliseconds);
        Environment.Exit(Ended);
    })
    { IsBackground = true }.Start();

    /// <summary>Ends children at random instants: pending frees, open sections and the reclaimer must not hold the exit up, nor crash it.</summary>
    public static void EndAtRandomInstants(Arena arena)
    {
        Random random = arena.RandomOf(0);
        int ended = 0;
        while (!arena.IsOver || ended == 0)
        {
            string after = random.Next(50, 600).ToString(CultureInfo.InvariantCulture);
            int exit = Run(arena, random.Next(2) == 0 ? "map-zap" : "nodes", random.Next(), 60, [ExitOption, after], out string said);
            Arena.Check(exit == Ended, $"a child that ended itself after {after} ms left exit code {exit}\n{said}");
            ended++;
        }
        arena.Count("ended", ended);
    }

    public static int Run(Arena arena, string scenario, int seed, double seconds, string[] options, out string said) => Run(arena, scenario, seed, seconds, options, [], out said);

    public static int Run(
        Arena arena, string scenario, int seed, double seconds, string[] options, (string Name, string Value)[] environment, out string said)
    {
        string[] arguments =
        [
            "--scenario", scenario, "--seed", seed.ToString(CultureInfo.InvariantCulture),
            "--seconds", seconds.ToString("0.#", CultureInfo.InvariantCulture),
            "--readers", arena.Readers.ToString(CultureInfo.InvariantCulture), .. options,
        ];
        string self = Environment.ProcessPath!;
        bool hosted = Path.GetFileNameWithoutExtension(self) == "dotnet";
        var start = new ProcessStartInfo(self, hosted ? [typeof(Child).Assembly.Location, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEndAsync();
        var errors = child.StandardError.ReadToEndAsync();
        bool ended = child.WaitForExit(TimeSpan.FromSeconds(seconds) + Arena.Patience);
        if (!ended) child.Kill(entireProcessTree: true);
        child.WaitForExit();
        said = output.Result + errors.Result;
        return ended ? child.ExitCode : Exit.Hang;
    }
}
