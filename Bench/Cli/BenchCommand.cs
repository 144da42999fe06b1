using System.CommandLine;
using System.CommandLine.Help;
using Alloc.Bench.Mirror;
using Alloc.Bench.Rcu;
using Alloc.Bench.Targets;

namespace Alloc.Bench.Cli;

/// <summary>The command line: parses it, says what is wrong with it in one line, and hands over.</summary>
internal sealed class BenchCommand
{
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

    private readonly Option<string> _artifacts = new("--artifacts")
    {
        Description = "The folder for report.html.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "artifacts",
    };

    private readonly RootCommand _root;
    private readonly Func<JobOptions, CancellationToken, int> _mainJob;
    private readonly Func<string[], int> _micro;

    public BenchCommand(Func<JobOptions, CancellationToken, int> mainJob, Func<string[], int> micro, Func<string, string, int> memoryChild)
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

        var microArguments = new Argument<string[]>("arguments")
        {
            Description = "Arguments of BenchmarkDotNet, such as --list flat, --filter '*Rcu*', --job dry.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var microCommand = new Command("micro", "The BenchmarkDotNet suite: each layer alone, then the table.") { microArguments };
        microCommand.TreatUnmatchedTokensAsErrors = false;
        _root.Add(microCommand);

        var entries = new Option<int>("--entries") { Description = "How many keys.", HelpName = "N", DefaultValueFactory = _ => 10_000_000 };
        var passes = new Option<int>("--passes") { Description = "How often everything is built and measured.", HelpName = "N", DefaultValueFactory = _ => 3 };
        Positive(entries);
        Positive(passes);
        var targetsCommand = new Command("targets", "The table's own targets: ten million dense keys beside ConcurrentDictionary and a flat array.")
        {
            entries, passes,
        };
        targetsCommand.SetAction(result => Cancellable(stop =>
        {
            Directory.CreateDirectory("artifacts");
            return TargetsCommand.Run(result.GetValue(entries), result.GetValue(passes), "artifacts", stop);
        }));
        _root.Add(targetsCommand);

        var rcuPasses = new Option<int>("--passes") { Description = "How often every race is run.", HelpName = "N", DefaultValueFactory = _ => 15 };
        Positive(rcuPasses);
        var rcuCommand = new Command(RcuCommand.Name, "The targets of sections, deferring and waiting: beside liburcu, Concurrency Kit and LightEpoch.") { rcuPasses };
        rcuCommand.SetAction(result => Cancellable(stop =>
        {
            Directory.CreateDirectory("artifacts");
            return RcuCommand.Run(result.GetValue(rcuPasses), "artifacts", stop);
        }));
        _root.Add(rcuCommand);

        var folder = new Argument<string?>("folder") { Arity = ArgumentArity.ZeroOrOne };
        var changes = new Command(ChangingChild.Command) { folder };
        changes.Hidden = true;
        changes.SetAction(result => ChangingChild.Run(result.GetValue(folder)));
        _root.Add(changes);

        var peer = new Argument<string>("peer");
        var keys = new Argument<string>("keys");
        var memory = new Command(MemoryChildCommand) { peer, keys };
        memory.Hidden = true;
        memory.SetAction(result => memoryChild(result.GetValue(peer)!, result.GetValue(keys)!));
        _root.Add(memory);
    }

    public const string MemoryChildCommand = "child-memory";

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

    private int RunMainJob(ParseResult result)
    {
        var options = new JobOptions(result.GetValue(_pid), result.GetValue(_json), result.GetValue(_quick), result.GetValue(_artifacts)!);
        if (options.Pid is { } pid && OperatingSystem.IsLinux() && !Directory.Exists($"/proc/{pid}"))
        {
            return Refuse($"There is no process {pid}.");
        }

        if (options.JsonFile is { } file && !CanWrite(file, out var problem))
        {
            return Refuse($"{file} cannot be written: {problem}");
        }

        try
        {
            Directory.CreateDirectory(options.Artifacts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Refuse($"The folder {options.Artifacts} cannot be made: {e.Message}");
        }

        return Cancellable(stop => _mainJob(options, stop));
    }

    /// <summary>Runs a job that Ctrl+C stops between its steps.</summary>
    private static int Cancellable(Func<CancellationToken, int> job)
    {
        using var stop = new CancellationTokenSource();
        void OnCancel(object? sender, ConsoleCancelEventArgs e)
        {
            e.Cancel = true;
            stop.Cancel();
        }

        Console.CancelKeyPress += OnCancel;
        try
        {
            return job(stop.Token);
        }
        finally
        {
            Console.CancelKeyPress -= OnCancel;
        }
    }

    private static void Positive(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value < 1)
        {
            result.AddError($"{option.Name} wants a positive number, not {value}.");
        }
    });

    /// <summary>Found out before the minute of work, not after it.</summary>
    private static bool CanWrite(string file, out string problem)
    {
        try
        {
            using var probe = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write);
            problem = "";
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = e.Message;
            return false;
        }
    }
}
