using System.Runtime.ExceptionServices;
using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests;

/// <summary>Tests that stop threads through the one hook of the process; so they run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Stage
{
    public const string Name = "stage";
}

/// <summary>A thread that runs up to a step of the protocol and stands still there, inside its section, until it is let go on.</summary>
internal sealed class Puppet : IDisposable
{
    [ThreadStatic]
    private static Puppet? t_current;

    private static int s_alive;

    private readonly Thread _thread;
    private readonly SemaphoreSlim _stopped = new(0);
    private readonly SemaphoreSlim _go = new(0);
    private Func<Step, nuint, bool>? _stopAt;
    private ExceptionDispatchInfo? _failure;
    private bool _ended;

    public Puppet(Action body)
    {
        if (Interlocked.Increment(ref s_alive) == 1) Interleaving.Hook = static (step, location) => t_current?.Pass(step, location);
        _thread = new Thread(() =>
        {
            _go.Wait();
            t_current = this;
            try
            {
                body();
            }
#pragma warning disable CA1031 // carried over to the test's own thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
            t_current = null;
            _ended = true;
            _stopped.Release();
        })
        { IsBackground = true, Name = "puppet" };
        _thread.Start();
    }

    /// <summary>How many steps of each kind the thread has done or is about to do.</summary>
    public int[] Steps { get; } = new int[(int)Step.Retire + 1];

    /// <summary>Whether the validation mode is on; without it nothing here would stop anybody.</summary>
    public static bool Works => Interleaving.Enabled;

    /// <summary>Goes on to just before the <paramref name="nth"/> step of this kind from now on; false where the body ends before.</summary>
    public bool RunTo(Step step, int nth = 1)
    {
        int left = nth;
        return RunTo((at, _) => at == step && --left == 0);
    }

    /// <summary>Goes on to the first step that the condition is true for; false where the body ends before.</summary>
    public bool RunTo(Func<Step, nuint, bool> stopAt)
    {
        Assert.False(_ended);
        _stopAt = stopAt;
        Resume();
        return !_ended;
    }

    /// <summary>Goes on to the end.</summary>
    public void Finish()
    {
        if (!_ended)
        {
            _stopAt = null;
            Resume();
        }
        Assert.True(_thread.Join(Crew.Patience), "the thread hangs");
        _failure?.Throw();
    }

    public void Dispose()
    {
        _stopAt = null;
        if (!_ended) _go.Release();
        _thread.Join(Crew.Patience);
        if (Interlocked.Decrement(ref s_alive) == 0) Interleaving.Hook = null; // random delays again
        _stopped.Dispose();
        _go.Dispose();
    }

    private void Resume()
    {
        _go.Release();
        Assert.True(_stopped.Wait(Crew.Patience), "the thread neither ends nor comes to the step");
        if (_ended) _failure?.Throw();
    }

    private void Pass(Step step, nuint location)
    {
        Steps[(int)step]++;
        if (_stopAt is not { } stopAt || !stopAt(step, location)) return;
        _stopAt = null;
        _stopped.Release();
        _go.Wait();
    }
}
