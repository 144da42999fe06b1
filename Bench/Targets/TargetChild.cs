using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Mirror;
using Alloc.Bench.Report;

namespace Alloc.Bench.Targets;

/// <summary>A pass in a process of its own: the child's side and the parent's.</summary>
internal static class TargetChild
{
    public const string Command = "child-targets";

    public static TargetPass Measure(string pattern, int entries, int round)
    {
        using var child = ChildProcess.Start(Command, pattern, $"{entries}", $"{round}");
        return JsonWriter.Read<TargetPass>(child.ReadToEnd());
    }

    /// <summary>Prints the pass as JSON. Threads are scaled on dense keys in the first round only: their medians come from within one process.</summary>
    public static int Run(string pattern, int entries, int round)
    {
        var clock = new MachineClock();
        var withFlat = pattern == "dense" && OperatingSystem.IsLinux();
        var pass = new TargetPass(pattern, entries);
        try
        {
            TargetRun.WarmUp(pattern, withFlat, clock);
            using (var run = new TargetRun(new TargetKeys(pattern, entries, (ulong)round + 1), pass, withFlat, clock))
            {
                run.Run();
            }

            if (withFlat && round == 0)
            {
                var scaling = new ScalingRuns(entries, CancellationToken.None).Run();
                pass.Alone[Aims.FlatReaders] = scaling.FlatReaders;
                pass.Alone[Aims.TableReaders] = scaling.TableReaders;
                pass.Alone[Aims.DisjointInserts] = scaling.DisjointInserts;
                pass.Alone[Aims.TailInserts] = scaling.TailInserts;
                pass.Alone[Aims.BesideWriter] = scaling.ReaderBesideWriter;
            }
        }
        catch (WrongChecksumException wrong)
        {
            Console.Error.WriteLine(wrong.Message);
            return ExitCode.CheckFailed;
        }

        Console.Out.WriteLine(JsonWriter.Serialize(pass));
        return ExitCode.Ok;
    }
}
