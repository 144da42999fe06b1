using System.Globalization;

namespace Alloc.Litmus;

/// <summary>
/// Programs that the test suite starts as processes of their own, since they need a switch, an end of process, or the machine for themselves:
/// <c>fence</c>, <c>announce</c>, <c>torture [--fault F]</c>, <c>misuse</c>, <c>exit</c>, <c>shape</c>. All take <c>--seconds S</c>.
/// </summary>
internal static class Program
{
    /// <summary>Exit codes: a check failed, a positive control stayed silent, the machine cannot tell.</summary>
    public const int Passed = 0, Failed = 1, Usage = 2, Inconclusive = 3, Skipped = 77;

    private static int Main(string[] arguments)
    {
        string command = arguments.Length > 0 ? arguments[0] : "";
        double seconds = double.Parse(Option(arguments, "--seconds") ?? "3", CultureInfo.InvariantCulture);
        var time = TimeSpan.FromSeconds(seconds);
        switch (command)
        {
            case "fence": return OnProcessorZero(() => FenceLitmus.Run(time));
            case "announce": return OnProcessorZero(() => AnnounceLitmus.Run(time));
            case "torture": return Torture.Run(time, Option(arguments, "--fault"));
            case "misuse": return Misuse.Run();
            case "exit": return ExitWithPending.Run();
            case "shape": return Shape.Run(time);
            default:
                Console.Error.WriteLine("usage: fence | announce | torture [--fault NAME] | misuse | exit | shape   [--seconds S]");
                return Usage;
        }
    }

    // The main thread is the process to sched_getaffinity, so it must stay unbound.
    private static int OnProcessorZero(Func<int> test)
    {
        int code = Failed;
        var thread = new Thread(() =>
        {
            Processors.Bind(0);
            code = test();
        });
        thread.Start();
        thread.Join();
        return code;
    }

    private static string? Option(string[] arguments, string name)
    {
        int at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }
}
