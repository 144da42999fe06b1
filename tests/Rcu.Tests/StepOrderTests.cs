using Alloc.Rcu;

namespace Alloc.Tests;

/// <summary>
/// The order of steps on which the arguments of this layer stand, read from the compiled methods. Exchanged steps would show in a run once in
/// hours, or on another processor only; the models show that each of these orders is needed.
/// </summary>
public class StepOrderTests
{
    public static TheoryData<string, string, string[]> Orders => new()
    {
        // Fence A: the announcement, then the section. Fence C: leaving is a release. Fence D: a scan acquires.
        { nameof(ReaderSlot), nameof(ReaderSlot.Announce), ["Volatile.Write", "AsymmetricFence.Light"] },
        { nameof(ReaderSlot), nameof(ReaderSlot.Leave), ["Volatile.Write"] },
        { nameof(ReaderSlot), nameof(ReaderSlot.Scan), ["SharedWord.Read"] },
        // G1: the caller's unlink, then the epoch. G2: the step, the barrier, and only then Fenced. G3: Fenced, then the scan.
        { nameof(GracePeriod), nameof(GracePeriod.Snapshot), ["Interlocked.MemoryBarrier", "SharedWord.Read"] },
        { nameof(GracePeriod), nameof(GracePeriod.Start), ["SharedWord.Increment", "AsymmetricFence.Heavy", "SharedWord.RaiseTo"] },
        { nameof(GracePeriod), nameof(GracePeriod.Poll), ["SharedWord.Read", "ReaderRegistry.OldestAnnounced", "SharedWord.RaiseTo"] },
        // P2: a chain is stamped after it was taken.
        { nameof(Reclaimer), "Take", ["DeferQueue.TakePushed", "GracePeriod.Snapshot"] },
        // Q1: fences E and F. Q2: released after the list is whole.
        { nameof(DeferQueue), nameof(DeferQueue.Defer), ["SharedWord.Write", "AsymmetricFence.Light", "SharedWord.Read", "RcuHead.Queue", "SharedWord.Write", "DeferQueue.AfterDeferSlow"] },
        { nameof(DeferQueue), nameof(DeferQueue.Steal), ["SharedWord.Write", "AsymmetricFence.Heavy", "DeferQueue.AwaitNotBusy", "DeferQueue.TakeOwn", "SharedWord.Write"] },
        // Counted before it can be taken; Q4: the list is cleared after the push, and fences G and H.
        { nameof(DeferQueue), "Push", ["SharedWord.Add", "SharedWord.TrySwap"] },
        { nameof(DeferQueue), "TakeOwn", ["DeferQueue.Push", "SharedWord.Write"] },
        { nameof(DeferQueue), "WakeIfUnwatched", ["AsymmetricFence.Light", "SharedWord.Read", "Watcher.WakeSlow"] },
        { nameof(Watcher), "Sleep", ["SharedWord.Write", "AsymmetricFence.Heavy", "DeferQueue.get_AnyPushed", "DeferQueue.AnyHeldBack"] },
        // R2: the slot of a dead thread leaves its section, its list is handed over, and only then it is free for another.
        { nameof(ReaderRegistry), "SweepLocked", ["Thread.get_IsAlive", "Interlocked.MemoryBarrier", "ReaderSlot.Leave", "DeferQueue.Adopt", "Stack`1.Push"] },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public void The_steps_of_a_protocol_stand_in_the_order_that_its_argument_needs(string type, string method, string[] order)
    {
        List<string> steps = MethodSteps.Of(typeof(RcuDomain).Assembly.GetType("Alloc.Rcu." + type)!, method);
        int at = 0;
        foreach (string step in steps)
        {
            if (at < order.Length && step == order[at]) at++;
        }
        Assert.True(at == order.Length, $"{type}.{method} does not come to {(at < order.Length ? order[at] : "")} in this order: {string.Join(", ", steps)}");
        // None of them before its turn, either, where it is there once.
        foreach (string step in order.Where(step => order.Count(s => s == step) == 1 && steps.Count(s => s == step) == 1))
        {
            int index = Array.IndexOf(order, step);
            for (int before = 0; before < index; before++) Assert.True(steps.IndexOf(order[before]) < steps.IndexOf(step), $"{type}.{method}: {step} comes before {order[before]}");
        }
        // The announcement is stored by nothing but volatile writes.
        if (type == nameof(ReaderSlot)) Assert.DoesNotContain("= _announced", steps);
    }

    [Fact]
    public void The_process_wide_barrier_is_what_the_rare_side_calls() =>
        Assert.Contains("Interlocked.MemoryBarrierProcessWide", MethodSteps.Of(typeof(AsymmetricFence), nameof(AsymmetricFence.Heavy)));

    [Fact]
    public void A_method_is_read_from_its_first_to_its_last_step() =>
        Assert.Equal(["Volatile.Write", "= _plain", "Thread.Yield"], MethodSteps.Of(typeof(Sample), nameof(Sample.Steps)));

    private sealed class Sample
    {
        private int _shared, _plain;

        public bool Steps(int to)
        {
            Volatile.Write(ref _shared, to);
            _plain = to;
            return _plain == 1_000_000 || Thread.Yield();
        }
    }
}
