using System.Globalization;
using Alloc.Bench.Compare;
using Alloc.Bench.Mirror;
using Alloc.Bench.Reclaim;

namespace Alloc.Bench.Report;

/// <summary>The figures of a run as a document.</summary>
internal static class RunReport
{
    public static ReportDocument Describe(RunFigures figures)
    {
        var subtitle = figures.Started.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)
            + (figures.Quick ? "; a quick run: the checks hold, the times are not worth comparing" : "");
        var document = new ReportDocument("Alloc on real input", subtitle, Verdict(figures), []);
        if (figures.Mirror is { } mirror)
        {
            document.Sections.Add(MirrorSection.Describe(mirror));
        }

        if (figures.Reclaim is { } reclaim)
        {
            document.Sections.Add(ReclaimSection.Describe(reclaim));
        }

        if (figures.Compare is { } compare)
        {
            document.Sections.AddRange(CompareSection.Describe(compare));
        }

        document.Sections.Add(Machine(figures.Machine, figures.Arguments));
        document.Sections.Add(new Section("Checks", [new CheckList(figures.Checks)]));
        return document;
    }

    public static string Verdict(RunFigures figures)
    {
        int Count(Outcome outcome) => figures.Checks.Count(check => check.Outcome == outcome);
        var text = $"{Count(Outcome.Passed)} checks passed";
        text += Count(Outcome.Failed) is > 0 and var failed ? $", {failed} FAILED" : "";
        text += Count(Outcome.Inconclusive) is > 0 and var open ? $", {open} INCONCLUSIVE" : "";
        return text + ".";
    }

    /// <summary>Where and how a run was made.</summary>
    public static Section Machine(MachineInfo machine, string arguments) =>
        new("Machine",
        [
            new DataTable(["what", "is"],
            [
                ["system", machine.System],
                ["processor", $"{machine.Processor}; {machine.Cores} cores"],
                ["memory", Format.Megabytes(machine.MemoryBytes)],
                ["pages", $"{machine.PageBytes} bytes; transparent huge pages {machine.HugePages}"],
                ["runtime", $"{machine.Runtime}; {machine.Collector} collector"],
                ["build", $"{machine.Build}, commit {machine.Commit}"],
                ["arguments", arguments.Length == 0 ? "none" : arguments],
            ]) { TextColumns = [1] },
        ]);
}
