using Alloc.Bench.Report;

namespace Alloc.Bench.Mirror;

/// <summary>What the report says about the mirror.</summary>
internal static class MirrorSection
{
    public static Section Describe(MirrorFigures mirror)
    {
        var first = mirror.Rounds[0];
        var section = new Section($"Mirror: {mirror.Source}",
        [
            new Paragraph($"{Format.Number(first.Entries)} entries, one a {mirror.KeyMeaning}, from {Format.Number(first.Spans)} spans of 512 keys. "
                + $"The radix table holds them in {Format.Kilobytes(first.TableBytes)} ({Format.Number(first.BytesPerEntry, 1)} bytes an entry)"
                + (first.KernelTableBytes is { } kernel
                    ? $"; the kernel's own tables for the same process take {Format.Kilobytes(kernel)} (VmPTE)."
                    : ".")),
        ]);
        section.Blocks.AddRange(mirror.Notes.Select(note => new Paragraph(note)));
        section.Blocks.Add(new DataTable(["reading", "entries", "added", "updated", "removed", "tables", "bytes", "VmPTE", "read", "apply", "verify"],
            [.. Shown(mirror.Rounds).Select(Row)])
        {
            Expendable = [3, 10, 8, 9],
        });
        if (mirror.Rounds.Count > 3)
        {
            section.Blocks.Add(new Figure("A child process maps and unmaps by itself; each reading is brought into the table and verified.", Plot(mirror)));
        }

        return section;
    }

    /// <summary>Both readings of the first process, then the first and the last few of the child.</summary>
    private static IEnumerable<MirrorRound> Shown(List<MirrorRound> rounds) =>
        rounds.Where((_, i) => i < 4 || i >= rounds.Count - 3);

    private static string[] Row(MirrorRound round) =>
    [
        round.What, Format.Number(round.Entries), Format.Number(round.Added), Format.Number(round.Updated), Format.Number(round.Removed),
        Format.Number(round.Tables), Format.Kilobytes(round.TableBytes), Format.Kilobytes(round.KernelTableBytes),
        Format.Duration(round.ReadMilliseconds * 1e6), Format.Duration(round.ApplyMilliseconds * 1e6), Format.Duration(round.VerifyMilliseconds * 1e6),
    ];

    private static string Plot(MirrorFigures mirror)
    {
        MirrorRound[] child = [.. mirror.Rounds.Skip(2)];
        double[] x = [.. child.Select((_, i) => i + 1.0)];
        ChartSeries Line(string name, string color, Func<MirrorRound, double> value) => new(name, color, x, [.. child.Select(value)]);
        var lines = new List<ChartSeries>
        {
            Line("bytes of the radix table", Palette.Of("RadixTable"), round => round.TableBytes / 1024.0),
            Line("bytes of one 4 KiB table a span of 512 pages", Palette.Of("SortedDictionary"), round => round.Spans * 4.0),
        };
        if (child.All(round => round.KernelTableBytes is not null))
        {
            lines.Add(Line("VmPTE of the kernel", Palette.Of("ConcurrentDictionary"), round => round.KernelTableBytes!.Value / 1024.0));
        }

        return Chart.Lines("Tables of a process that changes", "reading", "KB", lines, i => Format.Number((long)i), kb => Format.Number((long)kb));
    }
}
