using System.Runtime.ExceptionServices;

namespace Alloc.PageTable.Tests;

/// <summary>Threads that start together; the first failure is the test's, and a hang is a failure.</summary>
internal static class Crew
{
    /// <summary>Generous: two cores may be shared with much else.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static void Run(int threads, Action<int> body, TimeSpan? patience = null) =>
        Run([.. Enumerable.Range(0, threads).Select(i => (Action)(() => body(i)))], patience ?? Patience);

    public static void Run(params Action[] bodies) => Run(bodies, Patience);

    private static void Run(Action[] bodies, TimeSpan patience)
    {
        ExceptionDispatchInfo? failure = null;
        using var start = new Barrier(bodies.Length);
        Thread[] threads = [.. bodies.Select(body => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                body();
            }
#pragma warning disable CA1031 // carried over to the test's own thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            }
        })
        { IsBackground = true })];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads)
        {
            if (thread.Join(patience)) continue;
            failure?.Throw();
            Assert.Fail("a thread hangs");
        }
        failure?.Throw();
    }

    public static void Until(Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        for (SpinWait spin = default; !condition();)
        {
            Assert.True(Environment.TickCount64 < end, "gave up waiting: " + what);
            spin.SpinOnce();
        }
    }
}
