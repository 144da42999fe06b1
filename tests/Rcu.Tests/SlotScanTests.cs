using Alloc.Rcu;

namespace Alloc.Tests;

/// <summary>The scan looks at every slot, the first and the last of each chunk too.</summary>
public class SlotScanTests
{
    [Fact]
    public void A_section_in_any_slot_of_full_chunks_holds_up_a_grace_period()
    {
        using var domain = new RcuDomain(new() { Mode = ReclaimerMode.Inline });
        using var entered = new SemaphoreSlim(0);
        using var done = new ManualResetEventSlim();
        var turns = new List<SemaphoreSlim>();
        var threads = new List<Thread>();
        int slots = 0;
        // Thread by thread, until the second chunk is full: each has a slot of its own while it lives.
        while (domain.Registry.Chunks.Length < 2 || domain.Registry.Count < domain.Registry.SlotCount)
        {
            Assert.True(++slots < 1000);
            var turn = new SemaphoreSlim(0);
            turns.Add(turn);
            threads.Add(Watchdog.Start(() =>
            {
                using (domain.Enter()) entered.Release();
                turn.Wait();
                using (domain.Enter())
                {
                    entered.Release();
                    turn.Wait();
                }
                entered.Release();
                done.Wait();
            }));
            Assert.True(entered.Wait(Watchdog.Patience));
        }
        foreach (SemaphoreSlim turn in turns)
        {
            turn.Release();
            Assert.True(entered.Wait(Watchdog.Patience));
            GracePeriodToken token = domain.GetToken();
            Assert.False(domain.HasElapsed(token));
            Assert.False(domain.HasElapsed(token));
            turn.Release();
            Assert.True(entered.Wait(Watchdog.Patience));
            domain.Wait(token);
        }
        done.Set();
        foreach (Thread thread in threads) Watchdog.Join(thread);
        foreach (SemaphoreSlim turn in turns) turn.Dispose();
    }
}
