using Alloc.PageTable;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>A place in an execution where another thread could have gone on.</summary>
/// <param name="Chosen">Who went on.</param>
/// <param name="Able">Who could have: a bit for each thread.</param>
/// <param name="Running">Whose turn it was; -1 where a thread had ended.</param>
/// <param name="Preemption">Whether it takes a running thread its turn to choose otherwise; where a thread ended or waits, that is free.</param>
/// <param name="Pending">What the running thread is about to do.</param>
/// <param name="Before">How many accesses had been made.</param>
/// <param name="History">A hash of all that happened before, by which a replay is known to be one.</param>
internal readonly record struct Choice(int Chosen, int Able, int Running, bool Preemption, Access Pending, int Before, int History);

/// <summary>At that choice, that thread instead of the one that would have gone on.</summary>
internal readonly record struct Deviation(int Choice, int Thread)
{
    public override string ToString() => $"{Choice}>{Thread}";
}

/// <summary>Runs threads one at a time: who runs goes on to the next point of the schedule, where another may take over.</summary>
/// <remarks>
/// The points are the hooks of the one accessor type, each just before an access, but only at words where threads meet
/// (<see cref="Meetings"/>), and before a copy, a swing and a retirement. What lies between two points is done in one go. Unless the schedule says
/// otherwise the running thread goes on, and where it ends the next one does; one that passes very many points is waiting for another, which then gets its turn.
/// </remarks>
internal sealed class Scheduler : IDisposable
{
    /// <summary>So many points in one turn: far more than any operation of the scenarios has, so the thread waits for somebody.</summary>
    private const int LongestTurn = 6000;

    [ThreadStatic]
    private static Actor? t_actor;

    private readonly Actor[] _actors;
    private readonly SemaphoreSlim _ended = new(0);
    private readonly Meetings _meetings;
    private readonly List<Choice> _choices = [];
    private readonly List<Access> _accesses = [];
    private Deviation[] _schedule = [];
    private int _deviated;
    private int _turn;
    private int _history;
    private long _now;
    private Exception? _failure;

    public Scheduler(int threads, Meetings meetings)
    {
        _meetings = meetings;
        Interleaving.Hook = static (step, location) =>
        {
            if (t_actor is { } actor) actor.Scheduler.Pass(actor, step, location);
        };
        _actors = [.. Enumerable.Range(0, threads).Select(number => new Actor(this, number))];
    }

    /// <summary>The choices of the last execution.</summary>
    public IReadOnlyList<Choice> Choices => _choices;

    /// <summary>The accesses of the last execution at the points of the schedule, in their order.</summary>
    public IReadOnlyList<Access> Accesses => _accesses;

    /// <summary>A call of the calling actor, and when it began and ended by a clock that both make go on.</summary>
    /// <remarks>
    /// It begins as late as it can, just before its first access where threads meet, and ends as soon as it can: that gives the most calls an order, and
    /// none that another schedule of beginnings would not have given.
    /// </remarks>
    public T Call<T>(Func<T> call, out long began, out long ended)
    {
        Actor actor = t_actor!;
        actor.Began = 0;
        T answer = call();
        began = actor.Began != 0 ? actor.Began : ++_now;
        ended = ++_now;
        return answer;
    }

    /// <summary>One execution. Throws what the first body threw; a hang is a failure of the test.</summary>
    public void Run(Action[] bodies, Deviation[] schedule)
    {
        _schedule = schedule;
        _choices.Clear();
        _accesses.Clear();
        _deviated = 0;
        _turn = 0;
        _history = 17;
        _failure = null;
        _now = 0;
        for (int i = 0; i < bodies.Length; i++) _actors[i].Body = bodies[i];
        Choose(null, default)!.Go.Release();
        if (!_ended.Wait(Crew.Patience)) throw new TimeoutException("the threads do not end");
        if (_failure is not null) throw new InvalidOperationException("a thread threw: " + _failure, _failure);
        if (_deviated != _schedule.Length) throw new InvalidOperationException("the execution is not the one of which this schedule was made: it has fewer choices");
    }

    public void Dispose()
    {
        foreach (Actor actor in _actors) actor.Stop();
        LetGo();
        _ended.Dispose();
    }

    /// <summary>After an execution that went wrong: its threads may stand where they are for ever.</summary>
    public static void LetGo() => Interleaving.Hook = null; // random delays again

    private void Pass(Actor actor, Step step, nuint location)
    {
        Access access = _meetings.Note(actor.Number, step, location, out bool isPoint);
        _history = HashCode.Combine(_history, actor.Number, step, access.Place);
        if (!isPoint) return;
        Actor next = Choose(actor, access)!;
        if (next != actor)
        {
            next.Go.Release();
            actor.Go.Wait();
        }
        if (actor.Began == 0) actor.Began = ++_now;
        _accesses.Add(access);
    }

    private void End(Actor actor)
    {
        actor.Body = null;
        if (Choose(null, default) is { } next) next.Go.Release();
        else _ended.Release();
    }

    // Who goes on: the running thread, or who the schedule names; null when all have ended.
    private Actor? Choose(Actor? running, Access pending)
    {
        int able = 0;
        foreach (Actor actor in _actors)
        {
            if (actor.Body is not null) able |= 1 << actor.Number;
        }
        if (able == 0) return null;
        bool mayGoOn = running is not null && ++_turn < LongestTurn;
        int chosen = mayGoOn ? running!.Number : NextAfter(running, able);
        if (_deviated < _schedule.Length && _schedule[_deviated].Choice == _choices.Count) chosen = _schedule[_deviated++].Thread;
        if ((able >> chosen & 1) == 0) throw new InvalidOperationException("the execution is not the one of which this schedule was made");
        if (int.PopCount(able) > 1) _choices.Add(new Choice(chosen, able, running?.Number ?? -1, mayGoOn, pending, _accesses.Count, _history));
        if (running is null || running.Number != chosen) _turn = 0;
        return _actors[chosen];
    }

    private int NextAfter(Actor? actor, int able)
    {
        for (int i = actor is null ? 0 : actor.Number + 1; ; i++)
        {
            if ((able >> (i % _actors.Length) & 1) != 0) return i % _actors.Length;
        }
    }

    private sealed class Actor
    {
        public readonly Scheduler Scheduler;
        public readonly int Number;
        public readonly SemaphoreSlim Go = new(0);
        public Action? Body;

        /// <summary>When its call began; zero before.</summary>
        public long Began;
        private readonly Thread _thread;
        private volatile bool _stop;

        public Actor(Scheduler scheduler, int number)
        {
            Scheduler = scheduler;
            Number = number;
            _thread = new Thread(Work) { IsBackground = true, Name = $"actor {number}" };
            _thread.Start();
        }

        public void Stop()
        {
            _stop = true;
            Go.Release();
            _thread.Join(Crew.Patience);
            Go.Dispose();
        }

        private void Work()
        {
            while (true)
            {
                Go.Wait();
                if (_stop) return;
                t_actor = this;
                try
                {
                    Body!();
                }
#pragma warning disable CA1031 // carried over to the test's own thread
                catch (Exception e)
#pragma warning restore CA1031
                {
                    Scheduler._failure ??= e;
                }
                t_actor = null;
                Scheduler.End(this);
            }
        }
    }
}
