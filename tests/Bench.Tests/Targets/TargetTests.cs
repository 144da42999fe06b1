using Alloc.Bench.Measure;
using Alloc.Bench.Report;
using Alloc.Bench.Targets;

namespace Alloc.Bench.Tests.Targets;

public sealed class TargetTests
{
    public static TheoryData<string> Patterns => [.. TargetsCommand.Patterns];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_pass_measures_every_operation_that_has_an_aim(string pattern)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var pass = new TargetPass(pattern, 3000);
        using (var run = new TargetRun(new TargetKeys(pattern, 3000, 5), pass, pattern == "dense", new MachineClock()))
        {
            run.Run();
        }

        string[] operations = [Aims.HitThroughReader, Aims.HitInOneSection, Aims.HitPlain, Aims.Chain, Aims.MissInside, Aims.MissOutside, Aims.Insert, Aims.Overwrite, Aims.Remove, Aims.Range, Aims.Scan];
        Assert.All(operations, operation => Assert.Contains(pass.Rows, row => row.Operation == operation && row.Factor > 0));
        Assert.Equal(pattern == "dense", pass.Rows.Any(row => row.Peer == Aims.Flat));
        Assert.All((string[])[Aims.Resident, Aims.Live, Aims.WorstWindow, Aims.Collection], figure => Assert.True(pass.Alone.ContainsKey(figure), figure));
        Assert.NotNull(Aims.Least(pattern, Aims.HitThroughReader, Aims.Map));
        Assert.Equal(JsonWriter.Serialize(pass), JsonWriter.Serialize(JsonWriter.Read<TargetPass>(JsonWriter.Serialize(pass))));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_pass_measures_what_goes_beyond_single_keys(string pattern)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var pass = new TargetPass(pattern, 3000);
        using (var run = new SurfaceRun(new TargetKeys(pattern, 3000, 5), pass, pattern == "dense", new MachineClock()))
        {
            run.Run();
        }

        (string, string)[] rows =
        [
            (Aims.Ceiling, Aims.Hit), (Aims.Floor, Aims.Hit), (Aims.CeilingFar, Aims.Hit), (Aims.First, Aims.Hit), (Aims.CountAll, Aims.Foreach), (Aims.ScanVisitor, Aims.Foreach),
            (Aims.CopyOut, Aims.Foreach), (Aims.Batched, Aims.Map), (Aims.LoadSorted, Aims.SeparateSets), (Aims.SetMany, Aims.Map), (Aims.SetMany, Aims.SeparateSets),
            (Aims.AddMany, Aims.Map), (Aims.AddMany, Aims.SeparateSets), (Aims.CursorProbes, Aims.SeparateLookups), (Aims.CursorSteps, Aims.Higher), (Aims.Increment, Aims.Map),
        ];
        Assert.All(rows, expected => Assert.Contains(pass.Rows, row => (row.Operation, row.Peer) == expected && row.Factor > 0));
        Assert.Equal(pattern == "dense", pass.Rows.Any(row => row.Peer == Aims.Flat));
        Assert.All((string[])[Aims.LoadSortedTime, Aims.SnapshotBytes, Aims.Save, Aims.Load], figure => Assert.True(pass.Alone[figure] > 0, figure));
        Assert.Equal(pattern == "dense", pass.Alone.ContainsKey(Aims.Ids) && pass.Alone.ContainsKey(Aims.IdsInGaps));
        Assert.NotNull(Aims.Least(pattern, Aims.Ceiling, Aims.Hit));
        Assert.Equal(pattern == "dense" ? 5 : null, Aims.Most(pattern, Aims.LoadSortedTime));
        Assert.Equal(pattern == "clustered" ? 9.5 : null, Aims.Most(pattern, Aims.SnapshotBytes));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void The_orders_of_a_pass_hold_the_same_keys(string pattern)
    {
        var keys = new TargetKeys(pattern, 5000, 2);

        Assert.Equal(keys.Ascending, keys.Given.Order());
        Assert.Equal(keys.Ascending, keys.Shuffled.Order());
        Assert.Equal(1500, keys.Away.Length);
        Assert.Empty(keys.Outside.Intersect(keys.Ascending));
        Assert.Subset(keys.Ascending.ToHashSet(), keys.Lookups.ToHashSet());
    }

    [Fact]
    public void A_target_is_met_or_missed_when_all_processes_say_so_and_open_otherwise()
    {
        TargetPass Pass(double hit, double chain, double remove) => new("dense", 10)
        {
            Rows = [new(Aims.HitThroughReader, Aims.Map, 1, hit, true), new(Aims.Chain, Aims.Map, 1, chain, true), new(Aims.Remove, Aims.Map, 1, remove, false)],
            Alone = { [Aims.Resident] = 9 },
        };

        var document = TargetsReport.Describe([Pass(2, 1, 1.9), Pass(2.1, 1.1, 2.1), Pass(2.2, 1.2, 2.2)]);

        Assert.Equal("1 targets met, 2 missed, 1 open.", document.Verdict);
        var rows = document.Sections[1].Blocks.OfType<DataTable>().First().Rows;
        Assert.Equal(["met", "missed", "open"], rows.Select(row => row[^1]));
        Assert.Equal("2.10x", rows[0][4]);
        Assert.Contains("3 of 9", ((Paragraph)document.Sections[2].Blocks[0]).Text, StringComparison.Ordinal);
    }
}
