using Alloc.Rcu;

namespace Alloc.Litmus;

/// <summary>Leaves Main with 100,000 callbacks pending behind a reader that never ends. The process must end all the same.</summary>
internal static class ExitWithPending
{
    public static int Run()
    {
        var domain = new RcuDomain();
        using var inside = new ManualResetEventSlim();
        new Thread(() =>
        {
            using (domain.Enter())
            {
                inside.Set();
                Thread.Sleep(Timeout.Infinite);
            }
        })
        { IsBackground = true }.Start();
        inside.Wait();
        for (int i = 0; i < 100_000; i++) domain.Defer(static _ => { }, null);
        _ = domain.SynchronizeAsync().AsTask();
        Console.WriteLine($"exit: leaving with {domain.GetStatistics().PendingCount} pending");
        return domain.GetStatistics().PendingCount == 100_000 ? Program.Passed : Program.Failed;
    }
}
