using System.Collections.Concurrent;
using System.Diagnostics;

namespace Alloc.Torture;

/// <summary>What a scenario found wrong.</summary>
internal sealed class TortureException(string message) : Exception(message);

/// <summary>A run in which nothing went wrong, and in which what could go wrong never happened.</summary>
internal sealed class InconclusiveException(string message) : Exception(message);

/// <summary>One run of one scenario: its time, its random numbers, its threads, and what happened in it.</summary>
internal sealed class Arena(int seed, TimeSpan time, int readers)
{
    private readonly ConcurrentDictionary<string, long> _events = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private Exception? _failure;

    /// <summary>How much longer than its time a thread may take to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public int Seed => seed;

    public int Readers => readers;

    public TimeSpan Time => time;

    /// <summary>Whether the threads should end: the time is over, or one of them has found a fault.</summary>
    public bool IsOver => Volatile.Read(ref _failure) is not null || Stopwatch.GetElapsedTime(_began) >= time;

    /// <summary>Counts something that happened. Not for hot loops: count there, and tell the sum.</summary>
    public void Count(string what, long times = 1) => _events.AddOrUpdate(what, times, (_, before) => before + times);

    public Random RandomOf(int thread) => new(HashCode.Combine(seed, thread));

    public static void Check(bool condition, string what)
    {
        if (!condition) throw new TortureException(what);
    }

    /// <summary>A run in which this did not happen has shown nothing.</summary>
    public void Require(params string[] events)
    {
        foreach (string what in events)
        {
            if (_events.GetValueOrDefault(what) == 0) throw new InconclusiveException($"inconclusive: \"{what}\" never happened ({this})");
        }
    }

    /// <summary>Runs bodies on threads of their own and waits for all; throws the first failure. A hang ends the process.</summary>
    public void Go(params Action<Random>[] bodies)
    {
        using var start = new Barrier(bodies.Length);
        Thread[] threads = [.. bodies.Select((body, i) => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                body(RandomOf(i));
            }
#pragma warning disable CA1031 // carried over to the scenario's thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, e, null);
            }
        })
        { IsBackground = true })];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) Join(thread);
        if (_failure is not null) throw new TortureException(_failure is TortureException ? _failure.Message : _failure.ToString());
    }

    public void Join(Thread thread)
    {
        TimeSpan left = time - Stopwatch.GetElapsedTime(_began);
        if (thread.Join((left > TimeSpan.Zero ? left : TimeSpan.Zero) + Patience)) return;
        throw new TimeoutException(_failure is null ? "a thread hangs" : $"a thread hangs after: {_failure}");
    }

    /// <summary>Waits with a watchdog.</summary>
    public static void Until(Func<bool> condition, string what)
    {
        long began = Stopwatch.GetTimestamp();
        for (SpinWait spin = default; !condition();)
        {
            if (Stopwatch.GetElapsedTime(began) > Patience) throw new TimeoutException("gave up waiting: " + what);
            spin.SpinOnce();
        }
    }

    /// <summary>So many bodies of one kind.</summary>
    public static Action<Random>[] Times(int count, Func<int, Action<Random>> body) => [.. Enumerable.Range(0, count).Select(body)];

    public override string ToString() => string.Join(", ", _events.OrderBy(e => e.Key).Select(e => $"{e.Key} {e.Value:N0}"));
}
