using Alloc.Bench.Measure;

namespace Alloc.Bench.Tests.Measure;

public sealed class ThreadTeamTests
{
    [Fact]
    public void Every_thread_does_the_work_once_a_run_and_stays_the_same_thread()
    {
        using var team = new ThreadTeam(3);
        var threads = new int[3];

        Assert.Equal(0UL + 1 + 2, team.Run(me =>
        {
            threads[me] = Environment.CurrentManagedThreadId;
            return (ulong)me;
        }));
        Assert.Equal(3UL, team.Run(me => threads[me] == Environment.CurrentManagedThreadId ? 1UL : 0));
        Assert.Equal(3, threads.Distinct().Count());
    }

    [Fact]
    public void What_a_thread_throws_reaches_the_caller()
    {
        using var team = new ThreadTeam(2);

        var error = Assert.Throws<InvalidOperationException>(() => team.Run(me => me == 1 ? throw new NotSupportedException("why") : 0UL));

        Assert.IsType<NotSupportedException>(error.InnerException);
    }
}
