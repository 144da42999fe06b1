using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>A narrow directory that is full of buckets becomes a wider one instead of getting a level below.</summary>
public sealed class WideningTests
{
    // Every second value lies in a cell, which goes with its entry.
    private static ulong ValueOf(ulong key) => MixedValues.Make(key, (uint)key);

    private static bool ValueLiesInACell(ulong key) => (key & 1) != 0;

    private static void Expect(IEnumerable<ulong> keys, RadixTable<ulong> table, RcuDomain domain, PageAllocator pages)
    {
        var sorted = new SortedSet<ulong>(keys);
        Assert.Equal(sorted, TreeCheck.AtRest(table, domain, pages).Keys);
        Assert.Equal(sorted.Count, table.Count);
        foreach (ulong key in sorted)
        {
            Assert.Equal(ValueOf(key), table[key]);
            for (int bit = 0; bit < 30; bit++) Assert.Equal(sorted.Contains(key ^ 1UL << bit), table.ContainsKey(key ^ 1UL << bit));
        }
    }

    [Fact]
    public void One_that_is_full_of_buckets_gets_as_many_slots_as_there_can_be()
    {
        CrowdedDirectory crowd = CrowdedDirectory.Make(1);
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        foreach (ulong key in crowd.Before) table[key] = ValueOf(key);
        Assert.Equal(["directory 512", "directory 128"], TreeShape.Of(table).Directories.Select(TreeShape.Name));
        long bytes = table.GetStatistics().TableBytes;

        table[crowd.Next] = ValueOf(crowd.Next);

        Assert.Equal(["directory 512", "directory 512"], TreeShape.Of(table).Directories.Select(TreeShape.Name));
        Assert.Equal(1, table.GetStatistics().Widenings);
        Assert.InRange(table.GetStatistics().TableBytes, bytes * 3 / 4, bytes * 5 / 4);
        Expect([.. crowd.Before, crowd.Next], table, fixture.Domain, fixture.Allocator);
        table.Trim();
        Expect([.. crowd.Before, crowd.Next], table, fixture.Domain, fixture.Allocator);
        Assert.Equal(["directory 512", "directory 512"], TreeShape.Of(table).Directories.Select(TreeShape.Name));
        table.RemoveRange(CrowdedDirectory.First, CrowdedDirectory.Last);
        Assert.Equal(1, table.GetStatistics().Directories);
    }

    [Fact]
    public void Slots_of_a_block_are_not_divided_further()
    {
        using var fixture = new TableFixture<ulong>();
        // 17 bits: 128 slots of 2^10 keys, then 256 of 2^9.
        const int SlotBits = 17;
        List<ulong> keys = [.. Enumerable.Range(0, 512).Select(i => (ulong)i), .. Enumerable.Range(0, 512).Select(i => (ulong)i + (1UL << SlotBits + 8))];
        foreach (ulong key in keys) fixture.Table[key] = ValueOf(key);
        for (ulong i = 0; fixture.Table.GetStatistics().Widenings == 0 && i < 30_000; i++) PutNext(7UL << SlotBits | i * 0x9E3779B1 & 0x1FFFF);

        void PutNext(ulong key)
        {
            fixture.Table[key] = ValueOf(key);
            keys.Add(key);
        }

        Assert.Equal(["directory 512", "directory 256"], TreeShape.Of(fixture.Table).Directories.Select(TreeShape.Name));
        Expect(keys, fixture.Table, fixture.Domain, fixture.Allocator);
    }

    [Fact]
    public void A_bucket_that_is_crowded_alone_becomes_a_directory_of_its_own()
    {
        using var fixture = new TableFixture<ulong>();
        List<ulong> keys = [.. CrowdedDirectory.Outside, .. CrowdedDirectory.Crowd(2).Take(8_000)];
        foreach (ulong key in keys) fixture.Table[key] = ValueOf(key);
        for (ulong i = 0; i < 400; i++)
        {
            ulong key = CrowdedDirectory.First | i * 0x9E3779B1 & 0x1FFFE;
            fixture.Table[key] = ValueOf(key);
            keys.Add(key);
        }
        Assert.Equal(["directory 512", "directory 128", "directory 128"], TreeShape.Of(fixture.Table).Directories.Select(TreeShape.Name));
        Assert.Equal(0, fixture.Table.GetStatistics().Widenings);
        Expect(keys, fixture.Table, fixture.Domain, fixture.Allocator);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(400)]
    [InlineData(500)]
    public void Without_memory_everything_stays_and_nothing_is_frozen(int refused)
    {
        CrowdedDirectory crowd = CrowdedDirectory.Make(3);
        using PageAllocator pages = Refusals.CreateAllocator();
        using var domain = new RcuDomain();
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            foreach (ulong key in crowd.Before) table[key] = ValueOf(key);
            Refusals.RefuseOnce(pages, refused);
            bool put = true;
            try
            {
                table[crowd.Next] = ValueOf(crowd.Next);
            }
            catch (OutOfMemoryException)
            {
                put = false;
            }
            Assert.True(pages.GetStatistics().Refusals > 0, "nothing was refused");
            Assert.Equal(0, table.GetStatistics().Widenings);
            Assert.Equal(refused > (ValueLiesInACell(crowd.Next) ? 2 : 1), put); // the cell and the spare page are the key's, the rest the widening's
            Refusals.RefuseNone(pages);
            Expect(put ? [.. crowd.Before, crowd.Next] : crowd.Before, table, domain, pages);
        }
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
    }

    [Fact]
    public void At_its_limit_a_table_refuses_the_key_or_takes_it_and_keeps_all_others()
    {
        CrowdedDirectory crowd = CrowdedDirectory.Make(4);
        using var pages = new PageAllocator(new PageAllocatorOptions { FailEvery = 1 << 30 });
        using var domain = new RcuDomain();
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            foreach (ulong key in crowd.Before) table[key] = ValueOf(key);
            Refusals.RefuseAll(pages);
            Assert.Throws<OutOfMemoryException>(() => table[crowd.Next] = ValueOf(crowd.Next));
            Expect(crowd.Before, table, domain, pages);
            Refusals.RefuseNone(pages);
            table[crowd.Next] = ValueOf(crowd.Next);
            Assert.Equal(1, table.GetStatistics().Widenings);
            Expect([.. crowd.Before, crowd.Next], table, domain, pages);
        }
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(100)]
    [InlineData(140)]
    [InlineData(200)]
    [InlineData(260)]
    public void With_so_many_pages_left_for_good_all_keys_stay_and_the_reserve_is_not_drawn_on(int left)
    {
        CrowdedDirectory crowd = CrowdedDirectory.Make(5);
        var budget = new MemoryBudget(4096 * Page.Size);
        using var pages = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var ballast = new PageAllocator(new PageAllocatorOptions { Budget = budget });
        using var domain = new RcuDomain();
        using (var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            foreach (ulong key in crowd.Before) table[key] = ValueOf(key);
            domain.Barrier();
            pages.Trim();
            var held = new Stack<Page>();
            while (ballast.TryAllocate(out Page page)) held.Push(page);
            for (int i = 0; i < left; i++) ballast.Free(held.Pop());
            ballast.Trim();
            long reserved = pages.GetStatistics().ReservedPages, replacements = table.GetStatistics().Replacements;
            bool put = true;
            try
            {
                table[crowd.Next] = ValueOf(crowd.Next);
            }
            catch (OutOfMemoryException)
            {
                put = false;
            }
            Assert.Equal(reserved, pages.GetStatistics().ReservedPages);
            // Without a page for each of 128 children no widening is begun: the bucket is divided, or the key refused.
            if (left < 128) Assert.InRange(table.GetStatistics().Replacements - replacements, 0, 1);
            Expect(put ? [.. crowd.Before, crowd.Next] : crowd.Before, table, domain, pages);
            while (held.TryPop(out Page page)) ballast.Free(page);
        }
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
    }

    [Theory]
    [InlineData(ReclaimMode.Rcu)]
    [InlineData(ReclaimMode.SemiRcu)]
    [InlineData(ReclaimMode.None)]
    public void Writers_that_widen_beside_each_other_lose_no_key_and_readers_find_all(ReclaimMode mode)
    {
        const int Writers = 3, KeysEach = 12_000;
        using var fixture = new TableFixture<ulong>(mode);
        RadixTable<ulong> table = fixture.Table;
        foreach (ulong key in CrowdedDirectory.Outside) table[key] = ValueOf(key);
        long widenings = 0;
        for (int round = 0; round < TestScale.Of(3); round++)
        {
            ulong[] crowd = [.. CrowdedDirectory.Crowd(round).Take(Writers * KeysEach)];
            int[] done = new int[Writers];
            Crew.Run(Writers + 1, worker =>
            {
                if (worker < Writers)
                {
                    for (int i = 0; i < KeysEach; i++)
                    {
                        ulong key = crowd[i * Writers + worker];
                        Assert.True(table.TryAdd(key, ValueOf(key)));
                        Volatile.Write(ref done[worker], i + 1);
                    }
                    return;
                }
                var random = new Random(round);
                while (done.Any(i => Volatile.Read(ref i) < KeysEach))
                {
                    int writer = random.Next(Writers), count = Volatile.Read(ref done[writer]);
                    if (count == 0) continue;
                    ulong key = crowd[random.Next(count) * Writers + writer];
                    Assert.True(table.TryGetValue(key, out ulong value) && value == ValueOf(key), $"{key:x}");
                }
            });
            Expect([.. CrowdedDirectory.Outside, .. crowd], table, fixture.Domain, fixture.Allocator);
            widenings = table.GetStatistics().Widenings;
            Assert.Equal(crowd.Length, table.RemoveRange(CrowdedDirectory.First, CrowdedDirectory.Last));
        }
        // Whether a widening is won is chance here, whether writers meet is not.
        Assert.True(widenings > 0 || table.GetStatistics().LostSwings > 0);
    }
}
