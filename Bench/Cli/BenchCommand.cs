using System.CommandLine;
using System.CommandLine.Help;
using Alloc.Bench.Blocks;
using Alloc.Bench.Compare;
using Alloc.Bench.Mirror;
using Alloc.Bench.Questions;
using Alloc.Bench.Rcu;
using Alloc.Bench.SelfCheck;
using Alloc.Bench.Targets;

namespace Alloc.Bench.Cli;

/// <summary>The command line: parses it, says what is wrong with it in one line, and hands over.</summary>
internal sealed class BenchCommand
{
    public const string MemoryChildCommand = "child-memory";
    public const string LatencyChildCommand = "child-latency";

    private readonly Option<int?> _pid = new("--pid")
    {
        Description = "Mirror the page table of this process (default: this program itself, after it has used memory).",
        HelpName = "N",
    };

    private readonly Option<string?> _json = new("--json") { Description = "Also write all figures to this file.", HelpName = "FILE" };

    private readonly Option<bool> _quick = new("--quick")
    {
        Description = "Smaller figures and the same checks, in about ten seconds: for a continuous build. Its times are not worth comparing.",
    };

    private readonly Option<string> _artifacts = Arguments.Artifacts();

    private readonly RootCommand _root;
    private readonly Func<JobOptions, CancellationToken, int> _mainJob;
    private readonly Func<string[], int> _micro;

    public BenchCommand(Func<JobOptions, CancellationToken, int> mainJob, Func<string[], int> micro)
    {
        _mainJob = mainJob;
        _micro = micro;
        _root = new RootCommand("""
            Runs Alloc on real input, checks what it claims, and compares it with what .NET offers.

            Without a command it runs the main job, about a minute: it mirrors the page table of a live process, repeats the Linux
            experiment on freeing page tables, and measures the radix table beside ConcurrentDictionary and SortedDictionary.
            Exit codes: 0 all checks passed, 1 a check failed, 2 bad arguments, 3 a check could not decide.
            """) { _pid, _json, _quick, _artifacts };
        _pid.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var pid) && pid <= 0)
            {
                result.AddError($"--pid wants the number of a process, not {pid}.");
            }
        });
        _root.SetAction(result => RunMainJob(result));
        _root.Add(CompareCommandLine.Create());
        _root.Add(QuestionsCommandLine.Create());
        _root.Add(TargetsCommandLine.Create());
        _root.Add(Rcu());
        _root.Add(Blocks());
        _root.Add(SelfCheck());
        _root.Add(Micro());
        foreach (var child in Children())
        {
            child.Hidden = true;
            _root.Add(child);
        }
    }

    public int Run(string[] arguments)
    {
        // BenchmarkDotNet has its own parser; ours would take its --help and its @ files.
        if (arguments is ["micro", .. var rest])
        {
            return _micro(rest);
        }

        var result = _root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0 && result.Action is not HelpAction)
        {
            return Refuse(result.Errors[0].Message);
        }

        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = true, ProcessTerminationTimeout = null });
    }

    /// <summary>One line on the error stream, and the exit code for it.</summary>
    public static int Refuse(string problem)
    {
        Console.Error.WriteLine($"{problem.ReplaceLineEndings(" ").TrimEnd()} (--help lists what there is)");
        return ExitCode.BadArguments;
    }

    private static Command SelfCheck()
    {
        var quick = new Option<bool>("--quick") { Description = "Fewer passes." };
        var command = new Command(SelfCheckCommand.Name, "Whether the harnesses can be believed here and now: nothing is nothing, a planted tenth is seen.") { quick };
        command.SetAction(result => Arguments.Cancellable(stop => SelfCheckCommand.Run(result.GetValue(quick), stop)));
        return command;
    }

    private static Command Rcu()
    {
        var passes = Arguments.Positive("--passes", "How often every race is run.", 15);
        var artifacts = Arguments.Artifacts();
        var command = new Command(RcuCommand.Name, "The targets of sections, deferring and waiting: beside liburcu, Concurrency Kit and LightEpoch.") { passes, artifacts };
        command.SetAction(result => Arguments.WithOutputs(result.GetValue(artifacts)!, null,
            stop => RcuCommand.Run(result.GetValue(passes), result.GetValue(artifacts)!, stop)));
        return command;
    }

    private static Command Blocks()
    {
        var passes = Arguments.Positive("--passes", "How often every race is run.", 15);
        var artifacts = Arguments.Artifacts();
        var command = new Command(BlocksCommand.Name, "Small blocks: in turns with the C library and mimalloc, and how densely nodes pack that grow.") { passes, artifacts };
        command.SetAction(result => Arguments.WithOutputs(result.GetValue(artifacts)!, null,
            stop => BlocksCommand.Run(result.GetValue(passes), result.GetValue(artifacts)!, stop)));
        return command;
    }

    private static Command Micro()
    {
        var arguments = new Argument<string[]>("arguments")
        {
            Description = "Arguments of BenchmarkDotNet, such as --list flat, --filter '*Rcu*', --job dry.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        return new Command("micro", "The BenchmarkDotNet suite: each layer alone, then the table.") { arguments };
    }

    /// <summary>What this program runs in processes of their own.</summary>
    private static IEnumerable<Command> Children()
    {
        var folder = new Argument<string?>("folder") { Arity = ArgumentArity.ZeroOrOne };
        var changes = new Command(ChangingChild.Command) { folder };
        changes.SetAction(result => ChangingChild.Run(result.GetValue(folder)));
        yield return changes;

        var (peer, keys) = (new Argument<string>("peer"), new Argument<string>("keys"));
        var memory = new Command(MemoryChildCommand) { peer, keys };
        memory.SetAction(result => MemoryChild.Run(result.GetValue(peer)!, result.GetValue(keys)!));
        yield return memory;

        var (pattern, entries, round) = (new Argument<string>("pattern"), new Argument<int>("entries"), new Argument<int>("round"));
        var part = new Argument<string>("part");
        var targets = new Command(TargetChild.Command) { pattern, entries, round, part };
        targets.SetAction(result => TargetChild.Run(result.GetValue(pattern)!, result.GetValue(entries), result.GetValue(round), result.GetValue(part)!));
        yield return targets;

        var curve = new Command(MemoryCurve.Command) { pattern, peer, entries };
        curve.SetAction(result => MemoryCurve.Run(result.GetValue(pattern)!, result.GetValue(peer)!, result.GetValue(entries)));
        yield return curve;

        var peak = new Command(PeakAndAfter.Command) { peer, entries };
        peak.SetAction(result => PeakAndAfter.Run(result.GetValue(peer)!, result.GetValue(entries)));
        yield return peak;

        var time = new Argument<int>("milliseconds");
        var latency = new Command(LatencyChildCommand) { peer, keys, time };
        latency.SetAction(result => LatencyChild.Run(result.GetValue(peer)!, result.GetValue(keys)!, result.GetValue(time)));
        yield return latency;
    }

    private int RunMainJob(ParseResult result)
    {
        var options = new JobOptions(result.GetValue(_pid), result.GetValue(_json), result.GetValue(_quick), result.GetValue(_artifacts)!);
        return options.Pid is { } pid && OperatingSystem.IsLinux() && !Directory.Exists($"/proc/{pid}")
            ? Refuse($"There is no process {pid}.")
            : Arguments.WithOutputs(options.Artifacts, options.JsonFile, stop => _mainJob(options, stop));
    }
}
