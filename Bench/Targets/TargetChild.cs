using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Mirror;
using Alloc.Bench.Report;

namespace Alloc.Bench.Targets;

/// <summary>A pass in a process of its own: the child's side and the parent's.</summary>
internal static class TargetChild
{
    public const string Command = "child-targets";

    /// <summary>The figures of a process for each part, together.</summary>
    public static TargetPass Measure(string pattern, int entries, int round, string[] parts)
    {
        var whole = new TargetPass(pattern, entries);
        foreach (var part in parts)
        {
            using var child = ChildProcess.Start(Command, pattern, $"{entries}", $"{round}", part);
            var pass = JsonWriter.Read<TargetPass>(child.ReadToEnd());
            whole.Rows.AddRange(pass.Rows);
            foreach (var (figure, value) in pass.Alone)
            {
                whole.Alone.Add(figure, value);
            }
        }

        return whole;
    }

    /// <summary>Prints the pass as JSON.</summary>
    public static int Run(string pattern, int entries, int round, string part)
    {
        var pass = new TargetPass(pattern, entries);
        var withFlat = pattern == "dense" && OperatingSystem.IsLinux();
        try
        {
            var keys = new TargetKeys(pattern, entries, (ulong)round + 1);
            if (part == TargetsCommand.Surface)
            {
                RunSurface(keys, pass, withFlat);
            }
            else
            {
                RunMap(keys, pass, withFlat, round);
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

    private static void RunSurface(TargetKeys keys, TargetPass pass, bool withFlat)
    {
        var clock = new MachineClock();
        SurfaceRun.WarmUp(pass.Pattern, withFlat, clock);
        using var run = new SurfaceRun(keys, pass, withFlat, clock);
        run.Run();
    }

    // Threads are scaled on dense keys in the first round only: their medians come from within one process.
    private static void RunMap(TargetKeys keys, TargetPass pass, bool withFlat, int round)
    {
        var clock = new MachineClock();
        TargetRun.WarmUp(pass.Pattern, withFlat, clock);
        using (var run = new TargetRun(keys, pass, withFlat, clock))
        {
            run.Run();
        }

        if (withFlat && round == 0)
        {
            var scaling = new ScalingRuns(pass.Entries, CancellationToken.None).Run();
            pass.Alone[Aims.FlatReaders] = scaling.FlatReaders;
            pass.Alone[Aims.TableReaders] = scaling.TableReaders;
            pass.Alone[Aims.DisjointInserts] = scaling.DisjointInserts;
            pass.Alone[Aims.TailInserts] = scaling.TailInserts;
            pass.Alone[Aims.BesideWriter] = scaling.ReaderBesideWriter;
        }
    }
}
