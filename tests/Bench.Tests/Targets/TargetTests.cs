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
