namespace Alloc.Native.Tests;

public unsafe class BlockTests
{
    [Fact]
    public void Blocks_are_zero_aligned_and_disjoint()
    {
        using var allocator = new PageAllocator();
        var random = new Random(1);
        var live = new List<(nint Block, int Size)>();
        for (int round = 0; round < 4; round++)
        {
            for (int i = 0; i < 4000; i++)
            {
                int size = random.Next(1, SizeClasses.MaxSize + 1);
                Assert.True(allocator.TryAllocateBlock(size, out byte* block));
                int real = PageAllocator.BlockSize(size);
                Assert.False(new Span<byte>(block, real).ContainsAnyExcept((byte)0));
                Assert.Equal(0u, (nuint)block % (real >= 64 ? 64u : 16u));
                new Span<byte>(block, real).Fill(0x5a);
                live.Add(((nint)block, real));
            }
            live.Sort();
            for (int i = 1; i < live.Count; i++)
                Assert.True(live[i - 1].Block + live[i - 1].Size <= live[i].Block);
            Assert.Equal(live.Count, allocator.GetStatistics().LiveBlocks);
            Assert.Equal(live.Sum(b => (long)b.Size), allocator.GetStatistics().LiveBytes);
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(live));
            int keep = round == 3 ? 0 : live.Count / 2;
            foreach ((nint block, _) in live.Skip(keep))
                allocator.FreeBlock((byte*)block);
            live.RemoveRange(keep, live.Count - keep);
        }
        Checks.NothingOut(allocator);
        allocator.Trim();
        Assert.Equal(0, allocator.GetStatistics().SlabBytes);
        Assert.Equal(0, allocator.GetStatistics().ReservedBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3073)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_size_out_of_range_is_refused(int size)
    {
        using var allocator = new PageAllocator();
        Assert.Throws<ArgumentOutOfRangeException>(() => allocator.TryAllocateBlock(size, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => allocator.TryAllocateBlockUninitialized(size, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => PageAllocator.BlockSize(size));
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void A_block_freed_twice_is_refused_wherever_it_lies()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocateBlock(200, out byte* keep));
        Assert.True(allocator.TryAllocateBlock(200, out byte* block));
        allocator.FreeBlock(block);
        Assert.Throws<InvalidOperationException>(() => allocator.FreeBlock(block));
        allocator.Trim();
        Assert.Throws<InvalidOperationException>(() => allocator.FreeBlock(block));
        allocator.FreeBlock(keep);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void What_is_no_block_is_refused()
    {
        using var allocator = new PageAllocator();
        using var other = new PageAllocator();
        Assert.True(allocator.TryAllocateBlock(200, out byte* block));
        Assert.True(other.TryAllocateBlock(200, out byte* foreign));
        Assert.True(allocator.TryAllocate(out Page page));
        Assert.Throws<ArgumentException>(() => allocator.FreeBlock(null));
        Assert.Throws<ArgumentException>(() => allocator.FreeBlock(block + 16));
        Assert.Throws<ArgumentException>(() => allocator.FreeBlock(foreign));
        Assert.Throws<ArgumentException>(() => allocator.FreeBlock(page.Address));
        Assert.Throws<ArgumentException>(() => allocator.FreeBlock((byte*)0x7000_0000_0000));
        other.FreeBlock(foreign);
        allocator.FreeBlock(block);
        allocator.Free(page);
        Checks.NothingOut(allocator);
        Checks.NothingOut(other);
    }

    [Fact]
    public void Nodes_that_grow_through_all_classes_leave_no_holes_and_shrunk_ones_can_be_compacted()
    {
        using var allocator = new PageAllocator(new() { HugePages = HugePageUse.Never });
        int[] steps = [64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072];
        int count = TestScale.Of(20_000);
        var nodes = new nint[count];
        var step = new int[count];
        var random = new Random(7);
        for (int i = 0; i < count; i++)
        {
            Assert.True(allocator.TryAllocateBlock(steps[0], out byte* block));
            nodes[i] = (nint)block;
        }
        int[] growing = [.. Enumerable.Range(0, count)];
        for (int left = count; left > 0;)
        {
            int at = random.Next(left), node = growing[at];
            Resize(node, step[node] + 1);
            if (step[node] == steps.Length - 1)
                growing[at] = growing[--left];
        }
        allocator.Trim();
        PageAllocatorStatistics grown = allocator.GetStatistics();
        Assert.InRange((double)grown.CommittedBytes / grown.LiveBytes, 1, 1.10);

        random.Shuffle(growing = [.. Enumerable.Range(0, count)]);
        foreach (int node in growing.AsSpan(0, count / 2))
        {
            for (int target = random.Next(steps.Length - 1); step[node] > target;)
                Resize(node, step[node] - 1);
        }
        for (int moved = count; moved > count / 100;)
        {
            moved = 0;
            for (int i = 0; i < count; i++)
            {
                if (!allocator.IsSparse((byte*)nodes[i]))
                    continue;
                Assert.True(allocator.TryAllocateBlockDense(steps[step[i]], out byte* block));
                allocator.FreeBlock((byte*)nodes[i]);
                nodes[i] = (nint)block;
                moved++;
            }
            allocator.Trim();
        }
        PageAllocatorStatistics shrunk = allocator.GetStatistics();
        Assert.InRange((double)shrunk.CommittedBytes / shrunk.LiveBytes, 1, 1.15);
        foreach (nint node in nodes)
            allocator.FreeBlock((byte*)node);
        Checks.NothingOut(allocator);

        void Resize(int node, int target)
        {
            Assert.True(allocator.TryAllocateBlockUninitialized(steps[target], out byte* block));
            allocator.FreeBlock((byte*)nodes[node]);
            nodes[node] = (nint)block;
            step[node] = target;
        }
    }

    [Fact]
    public void A_mixed_load_wastes_little_inside_its_blocks()
    {
        var random = new Random(3);
        long asked = 0, got = 0;
        for (int i = 0; i < 100_000; i++)
        {
            int size = random.Next(1, SizeClasses.MaxSize + 1);
            asked += size;
            got += PageAllocator.BlockSize(size);
        }
        Assert.InRange((double)(got - asked) / got, 0, 0.15);
    }

    [Fact]
    public void Only_a_block_can_be_asked_whether_it_is_sparse()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocateBlock(64, out byte* block));
        Assert.False(allocator.IsSparse(block));
        Assert.Throws<ArgumentException>(() => allocator.IsSparse(block + 16));
        Assert.Throws<ArgumentException>(() => allocator.IsSparse(null));
        allocator.FreeBlock(block);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Emptied_slabs_serve_as_pages()
    {
        using var allocator = new PageAllocator(new() { MaxBytes = 64 * Page.Size });
        var blocks = new List<nint>();
        while (allocator.TryAllocateBlock(1000, out byte* block))
            blocks.Add((nint)block);
        Assert.Equal(64 * 4, blocks.Count);
        Assert.False(allocator.TryAllocate(out _));
        blocks.ForEach(block => allocator.FreeBlock((byte*)block));
        var pages = new List<Page>();
        while (allocator.TryAllocate(out Page page))
        {
            Checks.IsZero(page);
            pages.Add(page);
        }
        Assert.Equal(64, pages.Count);
        pages.ForEach(allocator.Free);
        Checks.NothingOut(allocator);
    }
}
