using System.Runtime.InteropServices;

namespace Alloc.Native.Tests;

public unsafe class MixedPageTests
{
    private const int PerPage = Page.Size / MixedPage.Granule;

    [Fact]
    public void A_page_of_mixed_blocks_agrees_with_a_list_of_them_whatever_comes_and_goes()
    {
        // The books alone, beside a plain array: M1 after every step, and the longest run counted by hand.
        byte* memory = (byte*)NativeMemory.AlignedAlloc(Chunk.Size, Chunk.Size);
        var page = (MixedPage*)PageDescriptor.Of(memory + Chunk.HeadSize);
        byte* start = memory + Chunk.HeadSize;
        MixedPage.Open(page, 1);
        var random = new Random(11);
        var blocks = new List<(int First, int Granules)>();
        var owner = new int[PerPage];
        for (int step = 0; step < TestScale.Of(100_000); step++)
        {
            if (random.Next(2) == 0)
            {
                int granules = random.Next(1, MixedPage.MaxGranules + 1), longest = page->LongestRun;
                int first = page->Take(granules);
                Assert.Equal(granules <= longest, first >= 0);
                if (first < 0)
                    continue;
                Assert.True(owner.AsSpan(first, granules).IndexOfAnyExcept(0) < 0);
                owner.AsSpan(first, granules).Fill(granules);
                blocks.Add((first, granules));
            }
            else if (blocks.Count > 0)
            {
                int at = random.Next(blocks.Count);
                (int first, int granules) = blocks[at];
                Assert.True(page->TryReturn(first, granules));
                Assert.False(page->TryReturn(first, granules));
                owner.AsSpan(first, granules).Clear();
                blocks.RemoveAt(at);
            }
            foreach ((int first, int granules) in blocks)
            {
                Assert.Equal(granules, MixedPage.GranulesAt(page, start + (first * MixedPage.Granule)));
                for (int inside = 1; inside < granules; inside++)
                    Assert.Equal(MixedPage.MostGranules, MixedPage.GranulesAt(page, start + ((first + inside) * MixedPage.Granule)));
                Assert.Equal(MixedPage.MostGranules, MixedPage.GranulesAt(page, start + (first * MixedPage.Granule) + 16));
            }
            Assert.Equal(owner.Count(granules => granules == 0), page->FreeCount);
            Assert.Equal(Math.Min(LongestRunOf(owner), PerPage - 1), page->LongestRun);
        }
        NativeMemory.AlignedFree(memory);
    }

    [Fact]
    public void What_blocks_of_one_size_leave_serves_blocks_of_another()
    {
        using var allocator = new PageAllocator(new() { MaxBytes = 64 * Page.Size });
        var small = new List<nuint>();
        while (allocator.TryAllocateBlock(128, out byte* block))
            small.Add((nuint)block);
        Assert.Equal(64 * 32, small.Count);
        // Two of every four neighbours go: no page comes free, and half of the memory serves blocks of twice the size.
        small.Sort();
        nuint[] gone = [.. small.Where((_, i) => i % 4 < 2)];
        allocator.FreeMany(gone);
        int large = 0;
        var all = new List<nuint>(small.Where((_, i) => i % 4 >= 2));
        for (; allocator.TryAllocateBlock(256, out byte* block); large++)
            all.Add((nuint)block);
        Assert.Equal(64 * 8, large);
        allocator.FreeMany(CollectionsMarshal.AsSpan(all));
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Nodes_that_grow_at_random_pack_densely_when_what_they_leave_goes_back_in_batches()
    {
        using var allocator = new PageAllocator();
        int count = TestScale.Of(20_000);
        var nodes = new nuint[count];
        var size = new int[count];
        var left = new List<nuint>();
        var random = new Random(5);
        double worst = 0;
        for (int step = 0; step < count * 12; step++)
        {
            int node = random.Next(count);
            if (size[node] == 1024)
                continue;
            size[node] += 64;
            Assert.True(allocator.TryAllocateBlockUninitialized(size[node], out byte* block));
            if (nodes[node] != 0)
                left.Add(nodes[node]);
            nodes[node] = (nuint)block;
            if (left.Count == 509)
            {
                allocator.FreeMany(CollectionsMarshal.AsSpan(left));
                left.Clear();
            }
            if (step > count && step % count == 0)
                worst = Math.Max(worst, (double)allocator.GetStatistics().SlabBytes / allocator.GetStatistics().LiveBytes);
        }
        // Slabs of one size took 1.4 here.
        Assert.InRange(worst, 1, 1.22);
        left.AddRange(nodes.Where(node => node != 0));
        allocator.FreeMany(CollectionsMarshal.AsSpan(left));
        Checks.NothingOut(allocator);
        allocator.Trim();
        Assert.Equal(0, allocator.GetStatistics().ReservedBytes);
    }

    [Fact]
    public void A_batch_takes_pages_and_blocks_of_every_size_and_says_what_was_wrong_after_freeing_the_rest()
    {
        using var allocator = new PageAllocator();
        using var other = new PageAllocator();
        Assert.True(allocator.TryReserve(1));
        var all = new List<nuint>();
        for (int size = 1; size <= PageAllocator.MaxBlockSize; size += 13)
        {
            Assert.True(allocator.TryAllocateBlock(size, out byte* block));
            all.Add((nuint)block);
        }
        Assert.True(allocator.TryAllocate(out Page page));
        all.Add((nuint)page.Address);
        Assert.True(allocator.TryAllocateBlock(200, out byte* twice));
        Assert.True(other.TryAllocateBlock(200, out byte* foreign));
        all.Insert(3, (nuint)twice);
        all.Insert(90, (nuint)twice);
        Assert.Throws<InvalidOperationException>(() => allocator.FreeMany(CollectionsMarshal.AsSpan(all)));
        Checks.NothingOut(allocator);
        Assert.True(allocator.TryAllocateBlock(200, out byte* good));
        nuint[] mixed = [(nuint)foreign, 0, (nuint)good + 64, (nuint)good];
        Assert.Throws<ArgumentException>(() => allocator.FreeMany(mixed));
        Checks.NothingOut(allocator);
        allocator.FreeMany([]);
        other.FreeBlock(foreign);
        Checks.NothingOut(other);
        allocator.Trim();
        Assert.Throws<InvalidOperationException>(() => allocator.FreeMany([(nuint)good]));
    }

    [Fact]
    public void A_batch_that_is_freed_by_another_thread_serves_the_one_that_allocates()
    {
        using var allocator = new PageAllocator(new() { MaxBytes = 400 * Page.Size });
        var batches = new System.Collections.Concurrent.BlockingCollection<nuint[]>(4);
        int rounds = TestScale.Of(2_000);
        Checks.InParallel(2, thread =>
        {
            if (thread == 1)
            {
                foreach (nuint[] batch in batches.GetConsumingEnumerable())
                {
                    foreach (nuint block in batch)
                        Assert.Equal((ulong)block, *(ulong*)block);
                    allocator.FreeMany(batch);
                }
                return;
            }
            var random = new Random(2);
            try
            {
                for (int i = 0; i < rounds; i++)
                {
                    var batch = new nuint[100];
                    for (int k = 0; k < batch.Length; k++)
                    {
                        Assert.True(allocator.TryAllocateBlock(random.Next(1, 1025), out byte* block));
                        *(ulong*)block = (ulong)block;
                        batch[k] = (nuint)block;
                    }
                    batches.Add(batch);
                }
            }
            finally
            {
                batches.CompleteAdding();
            }
        });
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Dispose_reports_blocks_of_mixed_pages_with_their_sizes()
    {
        AllocatorLeak? leak = null;
        var allocator = new PageAllocator(new() { LeakHandler = found => leak = found });
        Assert.True(allocator.TryAllocateBlock(64, out byte* a));
        Assert.True(allocator.TryAllocateBlock(704, out byte* b));
        Assert.True(allocator.TryAllocateBlock(320, out byte* c));
        *(ulong*)a = 1;
        *(ulong*)b = 2;
        allocator.FreeBlock(c);
        allocator.Dispose();
        Assert.NotNull(leak);
        Assert.Equal([64, 704], leak.First.Select(one => one.Size).Order());
    }

    private static int LongestRunOf(int[] owner)
    {
        int longest = 0, run = 0;
        foreach (int granules in owner)
        {
            run = granules == 0 ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        return longest;
    }

    [Fact]
    public void A_block_of_a_wide_page_is_found_by_its_address_and_nothing_else_is_one()
    {
        using var allocator = new PageAllocator();
        using var other = new PageAllocator();
        foreach (int size in (int[])[1025, 1280, 1536, 1792, 2048, 2560])
        {
            int whole = PageAllocator.BlockSize(size);
            var blocks = new List<nint>();
            for (int i = 0; i < 40; i++)
            {
                Assert.True(allocator.TryAllocateBlock(size, out byte* block));
                Assert.Equal(0u, (nuint)block % MixedPage.WideGranule);
                Assert.False(new Span<byte>(block, whole).ContainsAnyExcept((byte)0));
                new Span<byte>(block, whole).Fill((byte)(i + 1));
                blocks.Add((nint)block);
            }
            for (int i = 0; i < blocks.Count; i++)
            {
                var block = (byte*)blocks[i];
                Assert.False(new Span<byte>(block, whole).ContainsAnyExcept((byte)(i + 1)));
                foreach (int inside in (int[])[16, 64, 256, 512, 1024, whole - 256])
                    Assert.Throws<ArgumentException>(() => allocator.FreeBlock((byte*)blocks[i] + inside));
                Assert.Throws<ArgumentException>(() => other.FreeBlock((byte*)blocks[i]));
                Assert.Throws<ArgumentException>(() => allocator.Free(Page.FromAddress((void*)((nuint)blocks[i] & ~(nuint)(Page.Size - 1)))));
            }
            foreach (nint block in blocks)
                allocator.FreeBlock((byte*)block);
            Assert.Throws<InvalidOperationException>(() => allocator.FreeBlock((byte*)blocks[0]));
        }
        Checks.NothingOut(allocator);
        allocator.Trim();
        Assert.Equal(0, allocator.GetStatistics().SlabBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Large_nodes_that_grow_at_random_pack_densely_too(bool many)
    {
        using var allocator = new PageAllocator(new() { HugePages = HugePageUse.Never });
        int[] steps = [1280, 1536, 1792, 2048, 2560, 3072];
        int count = TestScale.Of(4_000);
        var nodes = new (nint Block, int Step)[count];
        var random = new Random(5);
        for (int i = 0; i < count; i++)
        {
            Assert.True(allocator.TryAllocateBlockUninitialized(steps[0], out byte* block));
            nodes[i] = ((nint)block, 0);
        }
        var leaving = new List<nuint>();
        double worst = 0;
        for (int grown = 0; grown < 3 * count; grown++)
        {
            ref var node = ref nodes[random.Next(count)];
            if (node.Step == steps.Length - 1)
                continue;
            Assert.True(allocator.TryAllocateBlockUninitialized(steps[++node.Step], out byte* block));
            if (many)
                leaving.Add((nuint)node.Block);
            else
                allocator.FreeBlock((byte*)node.Block);
            node.Block = (nint)block;
            if (leaving.Count == 64)
            {
                allocator.FreeMany(leaving.ToArray());
                leaving.Clear();
            }
            if (grown % 1000 == 999)
                worst = Math.Max(worst, (double)allocator.GetStatistics().SlabBytes / allocator.GetStatistics().LiveBytes);
        }
        allocator.FreeMany(leaving.ToArray());
        Assert.InRange(worst, 1, 1.35); // slabs of each size took 1.65
        foreach (var node in nodes)
            allocator.FreeBlock((byte*)node.Block);
        Checks.NothingOut(allocator);
    }
}
