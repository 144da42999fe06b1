using System.CommandLine;
using System.Diagnostics;
using Alloc.PageTable;
using Alloc.Torture;
using Alloc.Torture.Scenarios;

var seconds = new Option<double>("--seconds") { Description = "How long all chosen scenarios take together.", DefaultValueFactory = _ => 60 };
var seed = new Option<int?>("--seed") { Description = "The seed of all random numbers; a new one unless given." };
var scenario = new Option<string>("--scenario") { Description = "The scenario's name, or all.", DefaultValueFactory = _ => "all" };
var readers = new Option<int>("--readers") { Description = "Reading threads where a scenario has a choice.", DefaultValueFactory = _ => 2 };
var list = new Option<bool>("--list") { Description = "Lists the scenarios." };
var fault = new Option<bool>(Control.FaultOption) { Hidden = true };
var exitAfter = new Option<int>(Child.ExitOption) { Hidden = true };
var aligned = new Option<bool>("--aligned-alloc") { Description = "Takes chunks from the C library, so that memory checkers see them." };
var uninitialised = new Option<bool>(Control.UninitialisedOption) { Hidden = true };
var dawdle = new Option<bool>(Control.DawdleOption) { Hidden = true };
seconds.Validators.Add(result =>
{
    if (!(result.GetValueOrDefault<double>() is > 0 and < 1e6)) result.AddError("--seconds must be positive.");
});
readers.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 1 or > 64) result.AddError("--readers must be from 1 to 64.");
});
scenario.Validators.Add(result =>
{
    string? name = result.GetValueOrDefault<string>();
    if (name != "all" && Scenario.All.All(s => s.Name != name)) result.AddError($"There is no scenario \"{name}\"; --list shows them.");
});
var command = new RootCommand("Attacks Alloc's table, grace periods and pages. Exit code 0: nothing found. 1: a fault. 2: bad arguments. 3: a hang. 4: inconclusive.")
{
    seconds, seed, scenario, readers, list, aligned, uninitialised, fault, dawdle, exitAfter,
};
ParseResult parsed = command.Parse(args);
command.SetAction(parse =>
{
    if (parse.GetValue(fault)) Control.BreakGracePeriods();
    if (parse.GetValue(fault) || parse.GetValue(dawdle)) Control.MakeReadersDawdle();
    if (parse.GetValue(aligned)) Memory.Source = Alloc.Native.PageSourceKind.AlignedAlloc;
    if (parse.GetValue(uninitialised)) Control.BranchOnWhatNobodyWrote();
    if (parse.GetValue(exitAfter) is > 0 and int milliseconds) Child.ExitAfter(milliseconds);
    return Torture.Run(
        parse.GetValue(seconds), parse.GetValue(seed) ?? Random.Shared.Next(), parse.GetValue(scenario)!, parse.GetValue(readers), parse.GetValue(list));
});
int answer = parsed.Invoke();
return parsed.Errors.Count > 0 ? Exit.BadArguments : answer;

internal static class Exit
{
    public const int Fault = 1, BadArguments = 2, Hang = 3, Inconclusive = 4;
}

internal static class Torture
{
    public static int Run(double seconds, int seed, string name, int readers, bool list)
    {
        if (list)
        {
            foreach (Scenario s in Scenario.All) Console.WriteLine($"{s.Name,-16}{s.What}");
            return 0;
        }
        if (!Interleaving.Enabled)
        {
            Console.Error.WriteLine("The validation mode is off (Alloc.Validation): without its delays this finds nothing.");
            return Exit.BadArguments;
        }
        Scenario[] chosen = [.. Scenario.All.Where(s => name == "all" || s.Name == name)];
        TimeSpan each = TimeSpan.FromSeconds(seconds / chosen.Length);
        Console.WriteLine($"seed {seed}, {chosen.Length} scenarios of {each.TotalSeconds:0.0} s, {readers} readers, {Environment.ProcessorCount} processors");
        foreach (Scenario s in chosen)
        {
            // On a busy machine little happens in a second: a run that decided nothing gets four times as long, and once more.
            TimeSpan time = each;
            int exit = RunOnce(s, seed, time, readers);
            for (int again = 0; again < 2 && exit == Exit.Inconclusive; again++) exit = RunOnce(s, seed, time *= 4, readers);
            if (exit == 0) continue;
            // Threads of the scenario may still be at work, so the process ends without further ado.
            Console.Out.Flush();
            Environment.Exit(exit);
        }
        return 0;
    }

    private static int RunOnce(Scenario s, int seed, TimeSpan time, int readers)
    {
        var arena = new Arena(seed, time, readers);
        long began = Stopwatch.GetTimestamp();
        try
        {
            s.Run(arena);
            Console.WriteLine($"ok      {s.Name,-16}{Stopwatch.GetElapsedTime(began).TotalSeconds,6:0.0} s   {arena}");
            return 0;
        }
#pragma warning disable CA1031 // whatever it was, it is what a run looks for
        catch (Exception e)
#pragma warning restore CA1031
        {
            int exit = e switch { TimeoutException => Exit.Hang, InconclusiveException => Exit.Inconclusive, _ => Exit.Fault };
            Console.WriteLine($"{(exit == Exit.Inconclusive ? "nothing" : "FAILED ")} {s.Name,-16}{Stopwatch.GetElapsedTime(began).TotalSeconds,6:0.0} s   {(e is TortureException or InconclusiveException ? e.Message : e.ToString())}");
            Console.WriteLine(FormattableString.Invariant(
                $"        repeat: dotnet run -c Release --project tests/Torture -- --scenario {s.Name} --seed {seed} --seconds {Math.Max(1, time.TotalSeconds):0.#} --readers {readers}"));
            return exit;
        }
    }
}
