namespace Alloc.Native.Tests;

public class StressTests
{
    [Fact]
    public void Pages_are_taken_by_one_thread_only_while_chunks_come_and_go() => Stress.Take();

    [Fact]
    public void What_goes_into_the_depot_comes_out_once() => Stress.DepotExchange();

    [Fact]
    public void Owner_and_sweeper_are_never_in_one_cache_together() => Stress.Sweep();

    [Fact]
    public void Threads_that_trade_pages_and_blocks_never_get_one_that_is_out() => Stress.Trade();

    [Theory]
    [InlineData(nameof(Stress.Take))]
    [InlineData(nameof(Stress.DepotExchange))]
    [InlineData(nameof(Stress.Sweep))]
    [InlineData(nameof(Stress.Trade))]
    public void The_stress_holds_in_validation_mode(string stress) =>
        ChildProgram.Expect(ChildProgram.Survived, "stress " + stress, ("ALLOC_VALIDATION", "1"));

    [Theory]
    [InlineData(nameof(Stress.Take), nameof(LeftOut.AtomicTake))]
    [InlineData(nameof(Stress.DepotExchange), nameof(LeftOut.DepotTag))]
    [InlineData(nameof(Stress.Sweep), nameof(LeftOut.SweepBarrier))]
    public void The_stress_notices_when_a_step_is_left_out(string stress, string step)
    {
        // A race that is not met in a run proves nothing: some attempts, then it counts as inconclusive, which is a failure.
        for (int attempt = 0; attempt < 10; attempt++)
        {
            int code = ChildProgram.Run("stress " + stress, ("ALLOC_VALIDATION", "1"), ("ALLOC_VALIDATION_LEAVE_OUT", step));
            Assert.NotEqual(64, code);
            if (code != ChildProgram.Survived)
                return;
        }
        Assert.Fail($"Inconclusive: without {step} the stress did not fail.");
    }
}
