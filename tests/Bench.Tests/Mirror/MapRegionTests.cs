using Alloc.Bench.Mirror;

namespace Alloc.Bench.Tests.Mirror;

public sealed class MapRegionTests
{
    [Theory]
    [InlineData("55e1f35f2000-55e1f35f4000 r--p 00000000 fe:00 247629                     /usr/bin/head", "r--p", "/usr/bin/head")]
    [InlineData("7f0000000000-7f0000001000 rw-p 00000000 00:00 0 ", "rw-p", "")]
    [InlineData("7f0000000000-7f0000001000 rw-p 00000000 00:00 0", "rw-p", "")]
    [InlineData("7f0000000000-7f0000001000 r-xs 00001000 08:01 12 /tmp/a name with  spaces (deleted)", "r-xs", "/tmp/a name with  spaces (deleted)")]
    [InlineData("7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]", "rw-p", "[stack]")]
    public void A_line_of_maps_is_read(string line, string permissions, string path)
    {
        Assert.True(MapRegion.TryParse(line, out var region));

        Assert.Equal(permissions, region.Permissions);
        Assert.Equal(path, region.Path);
        Assert.True(region.End > region.Start);
        Assert.False(region.IsReservationOnly);
        Assert.False(region.IsKernelHalf);
    }

    [Fact]
    public void Bounds_are_hexadecimal_and_the_end_is_exclusive()
    {
        Assert.True(MapRegion.TryParse("1000-3000 rw-p 00000000 00:00 0", out var region));

        Assert.Equal((0x1000UL, 0x3000UL), (region.Start, region.End));
    }

    [Fact]
    public void Reservations_and_the_upper_half_are_told_apart()
    {
        Assert.True(MapRegion.TryParse("7e0000000000-7f0000000000 ---p 00000000 00:00 0", out var reserved));
        Assert.True(MapRegion.TryParse("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]", out var vsyscall));

        Assert.True(reserved.IsReservationOnly);
        Assert.True(vsyscall.IsKernelHalf);
        Assert.False(vsyscall.IsReservationOnly);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing")]
    [InlineData("1000-1000 rw-p 0 0:0 0")]
    [InlineData("2000-1000 rw-p 0 0:0 0")]
    [InlineData("xyz-1000 rw-p 0 0:0 0")]
    [InlineData("1000-2000 r")]
    public void What_is_no_mapping_is_refused(string line)
    {
        Assert.False(MapRegion.TryParse(line, out _));
    }

    [Fact]
    public void The_mappings_of_this_process_are_ascending_and_do_not_overlap()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var regions = MapRegion.ReadAll(Environment.ProcessId);

        Assert.NotEmpty(regions);
        Assert.Contains(regions, r => r.Path == "[stack]");
        Assert.All(regions.Zip(regions.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
    }
}
