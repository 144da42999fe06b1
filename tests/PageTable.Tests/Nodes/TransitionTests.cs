namespace Alloc.PageTable.Tests;

/// <summary>Every change from one kind of node to another, forced and counted; and the borders at which nodes meet.</summary>
public sealed class TransitionTests : IDisposable
{
    private const ulong Far = 1UL << 40;

    private readonly TableFixture<ulong> _fixture = new();
    private readonly SortedSet<ulong> _keys = [];

    private RadixTable<ulong> Table => _fixture.Table;

    public void Dispose() => _fixture.Dispose();

    // Keys that no window holds: 24 bits of a spread.
    private static ulong Scattered(int i, ulong first = 0) => first + ((ulong)i * 0x9E3779B97F4A7C15 >> 40);

    private void Put(ulong key)
    {
        Table[key] = InlineValues.Make(key, 1);
        _keys.Add(key);
    }

    private void Put(IEnumerable<ulong> keys)
    {
        foreach (ulong key in keys) Put(key);
    }

    private void Cut(ulong key)
    {
        Assert.True(Table.TryRemove(key, out _));
        _keys.Remove(key);
    }

    private void CutRange(ulong first, ulong last)
    {
        long expected = _keys.GetViewBetween(first, last).Count;
        Assert.Equal(expected, Table.RemoveRange(first, last));
        _keys.RemoveWhere(key => key >= first && key <= last);
    }

    private TreeCheck Check(bool trimmed = false)
    {
        TreeCheck check = TreeCheck.AtRest(Table, _fixture.Domain, _fixture.Allocator, trimmed);
        Assert.Equal(_keys, check.Keys);
        foreach (ulong key in _keys)
        {
            Assert.Equal(InlineValues.Make(key, 1), Table[key]);
            for (int bit = 0; bit < 64; bit++) Assert.True(Table.ContainsKey(key ^ 1UL << bit) == _keys.Contains(key ^ 1UL << bit), $"{key:x}, bit {bit}");
        }
        return check;
    }

    private string Terminal(ulong key) => TreeShape.Name(TreeShape.TerminalOf(Table, key));

    /// <summary>Puts key after key and tells the nodes that the first one was in, each once, in turn.</summary>
    private List<string> Grow(IEnumerable<ulong> keys, Func<string> look)
    {
        List<string> seen = [];
        foreach (ulong key in keys)
        {
            Put(key);
            string now = look();
            if (seen.Count == 0 || seen[^1] != now) seen.Add(now);
        }
        return seen;
    }

    // Size by size, up to where it parts.
    private static void AssertGrows(List<string> names, string kind)
    {
        int[] sizes = [.. names.Select(name => name.Split(' ')).SkipWhile(parts => parts[0] != kind).TakeWhile(parts => parts[0] == kind).Select(parts => int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture))];
        int ascending = 1;
        while (ascending < sizes.Length && sizes[ascending] >= sizes[ascending - 1]) ascending++;
        Assert.True(ascending > 3 && sizes[ascending - 1] >= 5 * sizes[0], string.Join(", ", names));
    }

    [Fact]
    public void From_nothing_a_bucket_grows_through_every_size_and_becomes_a_full_directory_at_the_root()
    {
        List<string> seen = Grow(Enumerable.Range(0, 400).Select(i => Scattered(i)).TakeWhile(_ => !TreeShape.Of(Table).Root.IsDirectory), () => TreeShape.Name(TreeShape.Of(Table).Root));
        Assert.Equal("bucket 1", seen[0]);
        AssertGrows(seen, "bucket");
        Assert.Contains("bucket 64", seen);
        Assert.Equal("directory 512", seen[^1]);
        Assert.Equal(seen.Count, seen.Distinct().Count()); // never back
        Assert.Equal(seen.Count - 1, Table.GetStatistics().Replacements);
        Check();
    }

    [Theory]
    [InlineData(64, 15, 0)]
    [InlineData(128, 54, 0)]
    [InlineData(256, 54, 1)]
    [InlineData(512, 54, 2)]
    public void A_bucket_in_a_directorys_slot_becomes_a_directory_that_decides_what_the_slot_leaves_open(int slots, int slotBits, int unused)
    {
        PutOfKind("leaf", 0);
        PutOfKind("leaf", 1UL << slotBits + 8);
        Assert.Equal(slotBits, TreeShape.Of(Table).Root.Shift);
        ulong first = 7UL << slotBits;
        var random = new Random(slots);
        int open = slotBits - unused; // the highest bits of the slot are the same in all keys
        Put(first);
        Put(first | 1UL << open - 1);
        List<string> seen = Grow(Enumerable.Range(0, 400).Select(_ => first | (ulong)random.NextInt64(1L << open)), () => TreeShape.Name(TreeShape.Of(Table).Directories.ElementAtOrDefault(1)));
        Assert.Equal(["empty", $"directory {slots}"], seen);
        Assert.Equal(slots < 512 ? 1 : 0, Table.GetStatistics().NarrowDirectories);
        Check();
        CutRange(first, first + (1UL << slotBits) - 1);
        Assert.Equal(0, Table.GetStatistics().NarrowDirectories);
        Check(trimmed: true);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(600)]
    [InlineData(20_000)]
    public void Scattered_keys_that_fill_the_slots_of_a_directory_lie_in_narrow_ones(int count)
    {
        PutOfKind("leaf", 0);
        PutOfKind("leaf", 1UL << 63); // the root's slots have 55 bits
        for (ulong block = 0x101; block < 0x105; block++)
        {
            for (int i = 0; i < count; i++) Put(block << 55 | (ulong)i * 0x9E3779B97F4A7C15 >> 9);
        }
        long narrow = TreeShape.Of(Table).Directories.Count(word => word.IsNarrow);
        Assert.True(narrow >= 4, TreeShape.Of(Table).ToString());
        Assert.Equal(narrow, Table.GetStatistics().NarrowDirectories);
        Check();
        Table.Trim();
        Check(trimmed: true);
    }

    [Fact]
    public void Neighbours_make_a_bucket_then_runs_of_growing_size_then_a_leaf_table()
    {
        List<string> seen = Grow(Enumerable.Range(0, 512).Select(i => 512 + (ulong)i), () => Terminal(512));
        Assert.Equal("bucket 1", seen[0]);
        AssertGrows(seen, "run");
        Assert.Equal("leaf", seen[^1]);
        Assert.Single(seen, "leaf");
        Check();
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(300UL)]
    [InlineData((1UL << 40) + 77)]
    [InlineData(ulong.MaxValue - 2000)]
    public void Keys_that_come_downwards_grow_runs_downwards(ulong lowest)
    {
        List<string> seen = Grow(Enumerable.Range(0, 2000).Select(i => lowest + 1999 - (ulong)i), () => Terminal(lowest + 1999));
        AssertGrows(seen, "run");
        Check();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(63)]
    public void Keys_that_come_from_the_middle_to_both_sides_grow_runs(int bit)
    {
        ulong middle = bit == 0 ? 700 : 1UL << bit;
        List<string> seen = Grow(Enumerable.Range(0, 1200).Select(i => i % 2 == 0 ? middle + (ulong)(i / 2) : middle - 1 - (ulong)(i / 2)), () => Terminal(middle));
        Assert.Contains(seen, name => name.StartsWith("run", StringComparison.Ordinal) || name == "leaf");
        Check();
    }

    [Fact]
    public void A_run_that_a_far_key_joins_becomes_a_bucket_and_a_long_one_a_directory()
    {
        Put(Enumerable.Range(0, 20).Select(i => 500 + (ulong)i));
        Assert.StartsWith("run", Terminal(500), StringComparison.Ordinal);
        Put(5_000);
        Assert.StartsWith("bucket", Terminal(500), StringComparison.Ordinal);
        Check();
        Put(Enumerable.Range(0, 300).Select(i => Far + 400 + (ulong)i));
        Put(Far + 50_000);
        Assert.True(TreeShape.Of(Table).Root.IsDirectory);
        Check();
    }

    [Fact]
    public void A_run_of_three_hundred_that_a_far_key_joins_becomes_a_directory()
    {
        Put(Enumerable.Range(0, 300).Select(i => 400 + (ulong)i));
        Assert.StartsWith("run", Terminal(400), StringComparison.Ordinal);
        Put(1 << 20);
        Assert.True(TreeShape.Of(Table).Root.IsDirectory);
        Check();
    }

    [Fact]
    public void A_bucket_full_of_removed_keys_is_swept_and_does_not_grow()
    {
        Put(Enumerable.Range(0, 40).Select(i => Scattered(i)));
        string before = TreeShape.Name(TreeShape.Of(Table).Root);
        for (int i = 40; i < 4000; i++)
        {
            Cut(Scattered(i - 40));
            Put(Scattered(i));
        }
        string after = TreeShape.Name(TreeShape.Of(Table).Root);
        Assert.StartsWith("bucket", after, StringComparison.Ordinal);
        Assert.True(TreeShape.Of(Table).Root.Bucket.Groups <= 2 * int.Parse(before.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), $"{before} became {after}");
        // A sweep frees a fifth of the lanes at least.
        Assert.True(Table.GetStatistics().Replacements < 3960 / 4, $"{Table.GetStatistics().Replacements} copies for 3,960 keys");
        Check();
    }

    [Fact]
    public void Keys_of_one_block_that_are_many_and_no_run_lie_in_a_leaf_table()
    {
        for (ulong key = 0; key < 512; key += 3) Put(key);
        Assert.Equal("leaf", Terminal(0));
        Check();
    }

    [Fact]
    public void Trim_makes_a_bucket_a_run_and_nothing_of_leaf_tables_and_smaller_ones_of_small_nodes()
    {
        Put(Enumerable.Range(0, 3 * 512).Select(i => (ulong)i));
        Put(Enumerable.Range(0, 512).Select(i => Far + (ulong)i));
        for (ulong key = 0; key < 512; key++)
        {
            if (key % 100 != 50) Cut(key);
            if (key is < 100 or >= 140) Cut(512 + key);
            Cut(Far + key);
        }
        Assert.Equal("leaf", Terminal(50));
        Assert.Equal("leaf", Terminal(612));
        Table.Trim();
        Assert.StartsWith("bucket", Terminal(50), StringComparison.Ordinal);
        Assert.StartsWith("run", Terminal(612), StringComparison.Ordinal);
        Assert.Equal("leaf", Terminal(1024));
        Check(trimmed: true);
        int run = TreeShape.TerminalOf(Table, 612).Run.Bytes;
        CutRange(620, 700);
        Table.Trim();
        Assert.True(TreeShape.TerminalOf(Table, 612).Run.Bytes < run);
        Check(trimmed: true);
    }

    public static TheoryData<string> Kinds => ["bucket", "run", "leaf", "directory 512", "narrow"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_directory_left_with_one_child_of_any_kind_collapses_in_Trim_but_for_a_narrow_one(string kind)
    {
        // Two leaf tables far apart make a directory; one of them is then changed into what is wanted, and the other goes.
        Put(Enumerable.Range(0, 512).Select(i => (ulong)i));
        ulong first = Far;
        PutOfKind(kind, first);
        Assert.True(TreeShape.Of(Table).Root.IsDirectory);
        CutRange(0, 511);
        Check();
        ChildWord root = TreeShape.Of(Table).Root;
        Table.Trim();
        ChildWord collapsed = TreeShape.Of(Table).Root;
        if (kind == "narrow") Assert.True(collapsed.IsDirectory && !collapsed.IsNarrow, TreeShape.Of(Table).ToString());
        else Assert.NotEqual(root, collapsed);
        if (kind is "bucket" or "run" or "leaf") Assert.StartsWith(kind, TreeShape.Name(collapsed), StringComparison.Ordinal);
        Check(trimmed: true);
        Put(3);
        Check();
    }

    [Theory]
    [InlineData("leaf")]
    [InlineData("directory 512")]
    public void A_key_that_leaves_the_path_above_a_page_gets_a_directory_that_holds_both(string kind)
    {
        PutOfKind(kind, Far);
        long splits = Table.GetStatistics().Splits;
        Put(3);
        Assert.Equal(splits + 1, Table.GetStatistics().Splits);
        Put(1UL << 63);
        Assert.Equal(splits + 2, Table.GetStatistics().Splits);
        Check();
        Cut(3);
        Cut(1UL << 63);
        Table.Trim();
        Check(trimmed: true);
    }

    private void PutOfKind(string kind, ulong first)
    {
        switch (kind)
        {
            case "bucket":
                Put(Enumerable.Range(0, 512).Select(i => first + (ulong)i));
                for (ulong i = 0; i < 512; i++)
                {
                    if (i % 200 != 9) Cut(first + i);
                }
                break;
            case "run":
                Put(Enumerable.Range(0, 512).Select(i => first + (ulong)i));
                CutRange(first, first + 99);
                CutRange(first + 200, first + 511);
                break;
            case "leaf":
                Put(Enumerable.Range(0, 512).Select(i => first + (ulong)i));
                break;
            case "narrow":
                Put(Enumerable.Range(0, 300).Select(i => Scattered(i, first)));
                Put(Enumerable.Range(0, 300).Select(i => Scattered(i, first + (1UL << 30))));
                break;
            default:
                Put(Enumerable.Range(0, 3 * 512).Select(i => first + (ulong)i));
                break;
        }
    }
}
