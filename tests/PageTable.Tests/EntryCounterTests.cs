using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

public class EntryCounterTests
{
    private sealed class Holder
    {
        public EntryCounter Counter;
    }

    private const int Slot = 128; // an id is the address of a slot, and they lie so far apart

    [Fact]
    public void Each_reader_adds_to_a_tally_of_its_own_and_nothing_is_lost()
    {
        var holder = new Holder();
        const int readers = 4;
        int each = TestScale.Of(300_000);
        Crew.Run(readers, i =>
        {
            nuint id = (nuint)((i + 1) * Slot);
            for (int j = 0; j < each; j++) holder.Counter.Add(id, j % 3 == 2 ? -1 : 1);
        });
        long one = Enumerable.Range(0, each).Sum(j => j % 3 == 2 ? -1L : 1L);
        Assert.Equal(readers * one, holder.Counter.Value);
    }

    [Fact]
    public void Readers_beyond_the_tallies_share_what_is_added_atomically()
    {
        var holder = new Holder();
        const int threads = 4, readersEach = 300; // more than there can be tallies
        int rounds = TestScale.Of(300);
        Crew.Run(threads, thread =>
        {
            for (int round = 0; round < rounds; round++)
            {
                for (int i = 0; i < readersEach; i++) holder.Counter.Add((nuint)((1 + thread * readersEach + i) * Slot), 1);
            }
        });
        Assert.Equal((long)threads * readersEach * rounds, holder.Counter.Value);
        holder.Counter.Add(-holder.Counter.Value);
        Assert.Equal(0, holder.Counter.Value);
    }

    [Fact]
    public void Control_two_threads_under_one_id_lose_additions()
    {
        // N1: without an owner for each tally the sum is wrong, and these tests can see it. One reader only: no tallies are made.
        var holder = new Holder();
        var patience = System.Diagnostics.Stopwatch.StartNew();
        long expected = 0;
        while (holder.Counter.Value == expected)
        {
            Assert.True(patience.Elapsed < Crew.Patience, "nothing was lost");
            const int each = 1_000_000;
            Crew.Run(2, _ =>
            {
                for (int i = 0; i < each; i++) holder.Counter.Add(Slot, 1);
            });
            expected += 2 * each;
        }
    }

    [Fact]
    public void Threads_that_come_and_go_leave_an_exact_count()
    {
        // N2: later threads get the ids of dead ones.
        using var fixture = new TableFixture<ulong>();
        RadixTable<ulong> table = fixture.Table;
        int waves = TestScale.Of(40);
        var ids = new HashSet<nuint>();
        long left = 0;
        for (int wave = 0; wave < waves; wave++)
        {
            ulong from = (ulong)wave << 20;
            Crew.Run(4, i =>
            {
                ulong own = from + ((ulong)i << 12);
                using (ReadSection section = fixture.Domain.Enter())
                {
                    lock (ids) ids.Add(section.ReaderId);
                }
                for (ulong key = own; key < own + 600; key++) Assert.True(table.TryAdd(key, key));
                for (ulong key = own; key < own + 500; key++) Assert.True(table.TryRemove(key, out _));
                Assert.Equal(50, table.RemoveRange(own, own + 549));
            });
            left += 4 * 50;
            Assert.Equal(left, table.Count);
        }
        Assert.Equal(left, table.LongCount());
        Assert.True(ids.Count < waves * 4, "no thread got the id of a dead one");
    }
}
