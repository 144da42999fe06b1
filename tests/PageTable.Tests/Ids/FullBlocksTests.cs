using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>The hints of full blocks, alone: what they skip, and that at rest none is wrong (I1, I2).</summary>
public class FullBlocksTests
{
    private const ulong LastBlock = (1UL << 55) - 1;

    private readonly struct Truth(int[] full) : IBlocks
    {
        public bool IsFull(ulong block) => Volatile.Read(ref full[block]) != 0;
    }

    private readonly struct Always : IBlocks
    {
        public bool IsFull(ulong block) => true;
    }

    private readonly struct When(Func<ulong, bool> look) : IBlocks
    {
        public bool IsFull(ulong block) => look(block);
    }

    private static void With(Action<FullBlocks> test)
    {
        using var allocator = new PageAllocator();
        using var domain = new RcuDomain();
        using (var blocks = new FullBlocks(new RadixTableOptions { Allocator = allocator, Domain = domain })) test(blocks);
        Assert.Equal((0L, 0L), (allocator.GetStatistics().LivePages, allocator.GetStatistics().LiveBlocks));
    }

    [Fact]
    public void Blocks_that_are_set_are_skipped_on_every_level() => With(blocks =>
    {
        Assert.True(blocks.TryFindNotFull(7, out ulong found) && found == 7);
        for (ulong block = 5; block < 70_000; block++) blocks.Set(block, new Always());
        foreach (var (from, to) in new (ulong, ulong)[] { (0, 0), (4, 4), (5, 70_000), (31, 70_000), (32, 70_000), (1024, 70_000), (69_999, 70_000), (70_000, 70_000) })
        {
            Assert.True(blocks.TryFindNotFull(from, out found));
            Assert.Equal(to, found);
        }
        blocks.Clear(40_000);
        Assert.True(blocks.TryFindNotFull(5, out found) && found == 40_000);
        blocks.Set(40_000, new Always());
        Assert.True(blocks.TryFindNotFull(5, out found) && found == 70_000);
        blocks.Clear(33_000, 50_000);
        Assert.True(blocks.TryFindNotFull(5, out found));
        Assert.InRange(found, 5ul, 33_000ul); // it may forget a few beside the range
        blocks.Clear(0, LastBlock);
        Assert.True(blocks.TryFindNotFull(5, out found) && found == 5);
    });

    [Fact]
    public void The_last_block_of_all_may_be_full_too() => With(blocks =>
    {
        for (ulong block = LastBlock - 100; block < LastBlock; block++) blocks.Set(block, new Always());
        Assert.True(blocks.TryFindNotFull(LastBlock - 90, out ulong found) && found == LastBlock);
        blocks.Set(LastBlock, new Always());
        Assert.False(blocks.TryFindNotFull(LastBlock - 90, out _));
        Assert.False(blocks.TryFindNotFull(LastBlock, out _));
        Assert.True(blocks.TryFindNotFull(LastBlock - 101, out found) && found == LastBlock - 101);
        blocks.Clear(LastBlock);
        Assert.True(blocks.TryFindNotFull(LastBlock - 90, out found) && found == LastBlock);
    });

    [Fact]
    public void I1_a_block_that_is_not_full_at_the_second_look_is_not_believed_full() => With(blocks =>
    {
        blocks.Set(3, new When(_ => false));
        Assert.True(blocks.TryFindNotFull(3, out ulong found) && found == 3);
        for (ulong block = 0; block < 31; block++) blocks.Set(block, new Always());
        // A key is removed when the last bit of the word stands already: the bit above must not come to stand alone.
        blocks.Set(31, new When(block =>
        {
            blocks.Clear(12);
            return true;
        }));
        Assert.True(blocks.TryFindNotFull(0, out found) && found == 12);
    });

    [Fact]
    public void A_bit_that_was_taken_back_too_often_comes_again_with_the_next_search() => With(blocks =>
    {
        for (ulong block = 0; block < 1024; block++) blocks.Set(block, new Always());
        blocks.Clear(100);
        blocks.Set(100, new Always());
        Assert.True(blocks.TryFindNotFull(0, out ulong found) && found == 1024);
        blocks.Clear(512, 512); // takes a whole word with it
        for (ulong block = 512; block < 544; block++) blocks.Set(block, new Always());
        Assert.True(blocks.TryFindNotFull(0, out found) && found == 1024);
    });

    [Fact]
    public void At_rest_no_block_with_a_free_key_is_believed_full() => With(blocks =>
    {
        var full = new int[64];
        Assert.Null(Meet(blocks, full, new Truth(full), TestScale.Of(200_000)));
    });

    [Fact]
    public void Without_the_second_look_a_removal_that_came_before_the_bit_leaves_it_wrong_for_good() => With(blocks =>
    {
        // One thread has found block 9 full; before it sets the bit, another removes a key there and looks whether the bit stands.
        var full = new int[10];
        blocks.Clear(9);
        blocks.Set(9, new Truth(full));
        Assert.True(blocks.TryFindNotFull(9, out ulong found) && found == 9);
        blocks.Clear(9);
        blocks.Set(9, new Always());
        Assert.True(blocks.TryFindNotFull(9, out found) && found == 10);
    });

    // All blocks but one are full. In each round one thread fills that one while another frees a key in it; between rounds both rest, and the
    // hints are looked at.
    private static string? Meet<TBlocks>(FullBlocks blocks, int[] full, TBlocks look, int rounds) where TBlocks : struct, IBlocks
    {
        string? wrong = null;
        for (ulong block = 0; block < (ulong)full.Length; block++)
        {
            full[block] = 1;
            blocks.Set(block, new Always());
        }
        Free(1 * 37 % full.Length);
        int arrived = 0;
        Crew.Run(2, thread =>
        {
            var random = new Random(thread + 5);
            for (int round = 1; round <= rounds && Volatile.Read(ref wrong) is null; round++)
            {
                int block = round * 37 % full.Length;
                // Five arrivals a round: two before, two after, and one when the next round is set up.
                Interlocked.Increment(ref arrived);
                for (int turns = 0; Volatile.Read(ref arrived) < 5 * round - 3 && Volatile.Read(ref wrong) is null; Pause(ref turns))
                {
                }
                Thread.SpinWait(random.Next(20));
                if (thread == 0)
                {
                    Interlocked.Exchange(ref full[block], 1);
                    blocks.Set((ulong)block, look);
                }
                else
                {
                    Interlocked.Exchange(ref full[block], 0);
                    blocks.Clear((ulong)block);
                }
                Interlocked.Increment(ref arrived);
                for (int turns = 0; Volatile.Read(ref arrived) < 5 * round - 1; Pause(ref turns))
                {
                }
                if (thread != 0) continue;
                if (full[block] == 0 && !(blocks.TryFindNotFull(0, out ulong found) && found == (ulong)block)) wrong = $"block {block} is believed full";
                full[block] = 1;
                blocks.Set((ulong)block, new Always());
                Free((round + 1) * 37 % full.Length);
                Interlocked.Increment(ref arrived);
            }
        });
        return wrong;

        void Free(int block)
        {
            full[block] = 0;
            blocks.Clear((ulong)block);
        }
    }

    // No back-off at first: the two are to meet within some tens of nanoseconds.
    private static void Pause(ref int turns)
    {
        if (++turns % 256 == 0) Thread.Yield();
    }
}
