using System.Diagnostics;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests.Histories;

/// <summary>What histories are recorded of.</summary>
internal interface IRegisters
{
    /// <summary>Makes the call; what a query of several keys sees goes into <paramref name="seen"/>, in its order.</summary>
    void Do(ref Call call, ulong key, List<KeyValuePair<ulong, ulong>> seen);

    /// <summary>Begins anew with what a layout wants beside its keys; called when no thread is at work.</summary>
    void Reset(HistoryLayout layout);
}

/// <summary>Runs and checks histories: a few threads, a few calls each, on one to three keys.</summary>
/// <remarks>
/// The threads meet before each history, so that its calls overlap each other and no other history's. A batch of histories goes on from the
/// state that the one before left behind, and is checked as a whole when its threads have met again; each batch begins with other keys.
/// </remarks>
internal sealed class HistoryRun(IRegisters registers, HistoryLayout[] layouts, CallMix mix, int threads, int callsPerThread, int seed)
{
    private const int HistoriesPerBatch = 64;

    // Where threads share a processor, one that spins only delays the one that it waits for.
    private readonly bool _apart = Environment.ProcessorCount >= threads;

    private readonly Call[] _calls = new Call[HistoriesPerBatch * threads * callsPerThread];
    private readonly LinearizabilityChecker _checker = new();
    private readonly List<ulong>[] _states = [.. Enumerable.Range(0, Sights.Keys).Select(_ => new List<ulong>())];
    private readonly List<ulong>[] _before = [.. Enumerable.Range(0, Sights.Keys).Select(_ => new List<ulong>())];
    private readonly List<ulong> _trial = [];
    private ulong[] _keys = [];
    private QueryCheck _queries = new([], []);
    private string? _broken;
    private long _arrived;
    private volatile bool _stop;

    /// <summary>Histories recorded and checked.</summary>
    public long Histories { get; private set; }

    /// <summary>Histories in which calls on one key overlapped: the others prove little.</summary>
    public long Overlapping { get; private set; }

    /// <summary>The first history that no order explains.</summary>
    public string? Refused { get; private set; }

    /// <summary>Runs so many histories, or up to the first that is refused.</summary>
    public void Run(long histories)
    {
        long batches = (histories + HistoriesPerBatch - 1) / HistoriesPerBatch;
        using var givingWay = new GivingWay(pauses: _apart);
        Crew.Run(threads, thread =>
        {
            try
            {
                long meeting = 0;
                Span<ulong> last = stackalloc ulong[Sights.Keys];
                var seen = new List<KeyValuePair<ulong, ulong>>();
                for (long batch = 0; batch < batches && !_stop; batch++)
                {
                    if (thread == 0)
                    {
                        HistoryLayout layout = layouts[batch % layouts.Length];
                        registers.Reset(layout);
                        _keys = layout.Keys;
                        _queries = new QueryCheck(layout.Keys, layout.Background);
                    }
                    var random = new Random(HashCode.Combine(seed, batch, thread));
                    last.Clear();
                    for (int history = 0; history < HistoriesPerBatch; history++)
                    {
                        Meet(++meeting);
                        ulong[] keys = _keys;
                        for (int i = 0; i < callsPerThread; i++) Do(ref _calls[IndexOf(history, thread, i)], keys, last, seen, random, thread, history, i);
                    }
                    Meet(++meeting);
                    if (thread == 0) Check();
                    Meet(++meeting);
                }
            }
            catch
            {
                _stop = true;
                throw;
            }
        }, patience: 5 * TestScale.Of(Crew.Patience)); // a hang shows at a meeting long before
    }

    private int IndexOf(int history, int thread, int call) => (history * threads + thread) * callsPerThread + call;

    private void Do(
        ref Call call, ulong[] keys, Span<ulong> last, List<KeyValuePair<ulong, ulong>> seen, Random random, int thread, int history, int i)
    {
        call = default;
        call.Key = (byte)random.Next(keys.Length);
        call.Kind = mix.Draw(random);
        call.IsUp = random.Next(2) == 0;
        // Every value is written once in a batch; every other one lies in a cell.
        ulong number = (ulong)IndexOf(history, thread, i) + 1;
        call.Argument = number | (number & 1) << 62;
        call.Expected = last[call.Key];
        if (call.IsQuery) AskForRange(ref call, keys, random);
        seen.Clear();
        GivingWay.InNextCall(random);
        call.Began = Stopwatch.GetTimestamp();
        registers.Do(ref call, keys[call.Key], seen);
        call.Ended = Stopwatch.GetTimestamp();
        if (call.IsQuery && _queries.Read(ref call, seen) is { } wrong) _broken ??= $"{wrong}: {call}";
        last[call.Key] = call.Kind switch
        {
            CallKind.Get or CallKind.CursorGet when call.Answer => call.Result,
            CallKind.Plus => call.Result,
            CallKind.Add or CallKind.Update when call.Answer => call.Argument,
            CallKind.Set or CallKind.Exchange => call.Argument,
            _ => last[call.Key],
        };
    }

    // Between two of the keys, and a little beyond them; sometimes everything.
    private static void AskForRange(ref Call call, ulong[] keys, Random random)
    {
        if (random.Next(8) == 0)
        {
            (call.First, call.Last) = call.Kind == CallKind.Neighbour && !call.IsUp ? (ulong.MaxValue, 0UL) : (0UL, ulong.MaxValue);
            return;
        }
        ulong a = keys[call.Key], b = keys[random.Next(keys.Length)];
        ulong low = Math.Min(a, b), high = Math.Max(a, b);
        int beyond = random.Next(3);
        if (low >= (ulong)beyond) low -= (ulong)beyond;
        if (high <= ulong.MaxValue - (ulong)beyond) high += (ulong)beyond;
        (call.First, call.Last) = call.Kind == CallKind.Neighbour && !call.IsUp ? (high, low) : (low, high);
    }

    private void Check()
    {
        foreach (List<ulong> states in _states)
        {
            states.Clear();
            states.Add(Call.Absent);
        }
        if (_broken is { } broken) Refuse(broken);
        int perHistory = threads * callsPerThread;
        for (int history = 0; history < HistoriesPerBatch && !_stop; history++)
        {
            ReadOnlySpan<Call> calls = _calls.AsSpan(history * perHistory, perHistory);
            bool overlap = false;
            for (int key = 0; key < _keys.Length && !_stop; key++)
            {
                _before[key].Clear();
                _before[key].AddRange(_states[key]);
                Collect(calls, key);
                overlap = overlap || Overlap(calls, key);
                if (!_checker.Check(_states[key])) Refuse($"key {_keys[key]:x} from one of the states {string.Join(", ", _before[key].Select(s => $"{s:x}"))}:", calls);
            }
            if (overlap) Overlapping++;
            foreach (ref readonly Call call in calls)
            {
                if (call.Kind == CallKind.Count && !_stop) CheckCount(calls, in call);
            }
        }
        if (!_stop) Histories += HistoriesPerBatch;
    }

    // What the calls say of one key.
    private void Collect(ReadOnlySpan<Call> calls, int key)
    {
        _checker.Begin();
        foreach (ref readonly Call call in calls)
        {
            if (call.IsOfOneKey)
            {
                if (call.Key == key) _checker.Add(in call);
            }
            else if (call.Saw[key].Sight != Sight.None)
            {
                _checker.Add(call.Of(key));
            }
        }
    }

    // Whether the number lies between the keys that were there throughout and those that were there at all.
    private void CheckCount(ReadOnlySpan<Call> calls, ref readonly Call count)
    {
        int least = _queries.CountBackground(count.First, count.Last), most = least;
        for (int key = 0; key < _keys.Length; key++)
        {
            if (_keys[key] < count.First || _keys[key] > count.Last) continue;
            if (!Explains(calls, key, count.Looks(answer: false))) least++;
            if (Explains(calls, key, count.Looks(answer: true))) most++;
        }
        if (count.Result < (ulong)least || count.Result > (ulong)most) Refuse($"{count} counts neither {least} nor {most} nor what lies between:", calls);
    }

    // Whether the key's history allows for one look more.
    private bool Explains(ReadOnlySpan<Call> calls, int key, Call look)
    {
        Collect(calls, key);
        _checker.Add(in look);
        _trial.Clear();
        _trial.AddRange(_before[key]);
        return _checker.Check(_trial);
    }

    private void Refuse(string what, ReadOnlySpan<Call> calls = default)
    {
        Refused ??= $"seed {seed}: {what}\n" + string.Join('\n', calls.ToArray());
        _stop = true;
    }

    private static bool Overlap(ReadOnlySpan<Call> calls, int key)
    {
        for (int i = 0; i < calls.Length; i++)
        {
            for (int j = i + 1; j < calls.Length; j++)
            {
                if (Concerns(in calls[i], key) && Concerns(in calls[j], key) && calls[i].Began <= calls[j].Ended && calls[j].Began <= calls[i].Ended) return true;
            }
        }
        return false;
    }

    private static bool Concerns(ref readonly Call call, int key) => call.IsOfOneKey ? call.Key == key : call.Saw[key].Sight != Sight.None;

    // All threads pass when all have come. It spins, since a history takes microseconds.
    private void Meet(long meeting)
    {
        Interlocked.Increment(ref _arrived);
        long goal = meeting * threads, end = 0;
        for (int spins = 0; Volatile.Read(ref _arrived) < goal; spins++)
        {
            if (_apart && spins < 400)
            {
                Thread.SpinWait(4);
                continue;
            }
            Thread.Yield();
            if (spins % 4096 != 4095) continue;
            if (end == 0) end = Environment.TickCount64 + (long)Crew.Patience.TotalMilliseconds;
            if (Environment.TickCount64 > end) throw new TimeoutException("a thread of the history does not come");
        }
    }
}
