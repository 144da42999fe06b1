using Alloc.Bench.Mirror;

namespace Alloc.Bench.Tests.Mirror;

public sealed class PagemapTests
{
    [Fact]
    public void Present_and_swapped_words_are_entries_and_soft_dirty_holes_are_not()
    {
        Assert.True(new PagemapWord(0x8100_0000_0019_79C4).IsEntry);
        Assert.Equal(0x1979C4UL, new PagemapWord(0x8100_0000_0019_79C4).Frame);
        Assert.True(new PagemapWord(1UL << 62).IsEntry);
        Assert.Equal(0UL, new PagemapWord((1UL << 62) | 5).Frame);
        Assert.False(new PagemapWord(1UL << 55).IsEntry);
        Assert.False(new PagemapWord(0).IsEntry);
    }

    [Fact]
    public void Touched_pages_are_read_and_untouched_ones_are_not()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var mapping = new Mapping(300L << 20); // more than one block of words
        int[] touched = [0, 1, 7, 8, 9, 511, 512, 65_535, 65_536, mapping.Pages - 1];
        Array.ForEach(touched, mapping.Touch);
        using var reader = new PagemapReader(Environment.ProcessId);
        var snapshot = new Snapshot();
        var page = (ulong)Environment.SystemPageSize;

        var words = reader.Read(new MapRegion(mapping.FirstPage * page, (mapping.FirstPage + (ulong)mapping.Pages) * page, "rw-p", ""), snapshot);

        Assert.Equal(mapping.Pages, words);
        Assert.Equal(touched.Select(p => mapping.FirstPage + (ulong)p), snapshot.Keys.ToArray());
        Assert.All(snapshot.Words.ToArray(), word => Assert.True(new PagemapWord(word).IsEntry));
    }

    [Fact]
    public void This_process_can_be_read_as_a_source_again_and_again()
    {
        if (PagemapSource.TryOpen(Environment.ProcessId, out var problem) is not { } source)
        {
            Assert.NotEmpty(problem); // no pagemap here; that it says so is all there is to test
            return;
        }

        using (source)
        {
            var snapshot = new Snapshot();
            // Other tests of this process map and unmap meanwhile: a reading during which much has come or gone is repeated.
            int first, tries = 0;
            do
            {
                source.Read(snapshot);
                first = snapshot.Count;
                source.Read(snapshot);
            }
            while ((snapshot.Count < first / 2 || snapshot.Count > first * 2 || source.KernelTableBytes() < snapshot.CountSpans(9) * 4096L / 2) && ++tries < 100);

            Assert.InRange(snapshot.Count, first / 2, first * 2);
            Assert.True(source.ReservationsSkipped > 0); // the runtime reserves its heap this way
            Assert.True(source.WordsRead >= snapshot.Count);
            Assert.Equal(source.MappedBytes / Environment.SystemPageSize, source.WordsRead);
            Assert.True(source.KernelTableBytes() >= snapshot.CountSpans(9) * 4096L / 2);
            var keys = snapshot.Keys.ToArray();
            Assert.Equal(keys.Distinct().Order(), keys);
        }
    }

    [Fact]
    public void A_process_that_is_not_there_is_refused_in_words()
    {
        Assert.Null(PagemapSource.TryOpen(int.MaxValue, out var problem));
        Assert.Contains("pagemap", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_fields_are_bytes_and_missing_ones_are_null()
    {
        string[] lines = ["Name:\tx", "VmPTE:\t      44 kB", "VmPTEs:\t 1 kB", "Threads:\t3"];

        Assert.Equal(44 * 1024, ProcessStatus.Parse(lines, "VmPTE"));
        Assert.Null(ProcessStatus.Parse(lines, "VmSwap"));
        Assert.Null(ProcessStatus.Parse(lines, "Threads"));
        Assert.Null(ProcessStatus.Read(int.MaxValue, "VmPTE"));
    }
}
