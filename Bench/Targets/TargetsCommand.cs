using Alloc.Bench.Cli;
using Alloc.Bench.Measure;
using Alloc.Bench.Report;
using Spectre.Console;
using Paragraph = Alloc.Bench.Report.Paragraph;

namespace Alloc.Bench.Targets;

/// <summary>The <c>targets</c> command: runs the job, prints its table, writes it as HTML.</summary>
internal static class TargetsCommand
{
    public static int Run(int entries, int passes, string artifacts, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
        {
            return BenchCommand.Refuse("targets needs Linux: its flat array and its thread clock are Linux's.");
        }

        TargetsFigures? figures = null;
        try
        {
            ProgressDisplay.Run(AnsiConsole.Console, progress => figures = new TargetsJob(entries, passes, new MachineClock(), progress, stop).Run());
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (WrongChecksumException wrong)
        {
            Console.Error.WriteLine(wrong.Message);
            return ExitCode.CheckFailed;
        }

        var document = Describe(figures!);
        ConsoleRenderer.Render(document, AnsiConsole.Console);
        File.WriteAllText(Path.Combine(artifacts, "targets.html"), HtmlRenderer.Render(document));
        return ExitCode.Ok;
    }

    private static ReportDocument Describe(TargetsFigures figures)
    {
        var scaling = figures.Scaling;
        List<string[]> single =
        [
            ["worst 1,024 inserts in a row, processor time", Format.Duration(figures.WorstWindow)],
            ["bytes an entry where every second value lies in a cell", Format.Number(figures.CellBytes, 1)],
            ["full blocking collection with the table alive", Format.Duration(figures.CollectionWithTable)],
            ["the same with the hash map alive as well", Format.Duration(figures.CollectionWithMap)],
            ["two readers over one: flat array", Format.Ratio(scaling.FlatReaders)],
            ["two readers over one: table", Format.Ratio(scaling.TableReaders)],
            ["two inserting threads over one, disjoint regions", Format.Ratio(scaling.DisjointInserts)],
            ["two inserting threads over one, one ascending tail", Format.Ratio(scaling.TailInserts)],
            ["reader beside a mapping and unmapping writer, over alone", Format.Ratio(scaling.ReaderBesideWriter)],
        ];
        return new ReportDocument(
            "The table's targets",
            $"{Format.Number(figures.Entries)} dense keys, {MachineInfo.Read()}",
            "",
            [
                new Section("In turns with its peers",
                [
                    new Paragraph("Nanoseconds an operation, medians of the passes; behind them the ratio to the first of each group, above 1 when slower, "
                        + "with its bounds. Shuffled order unless said; 30 % were removed and put back before the reading."),
                    new DataTable(SeriesRows.Headings, [.. figures.Series.SelectMany(SeriesRows.Of)]) { TextColumns = [SeriesRows.VerdictColumn] },
                ]),
                new Section("Alone", [new DataTable(["figure", "value"], single)]),
            ]);
    }
}
