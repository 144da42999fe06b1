using System.Diagnostics;
using Alloc.PageTable.Tests;

namespace Alloc.Validated.Tests.Histories;

/// <summary>What histories are recorded of.</summary>
internal interface IRegisters
{
    void Do(ref Call call, ulong key);

    /// <summary>Begins anew with what a layout wants beside its keys; called when no thread is at work.</summary>
    void Reset(HistoryLayout layout);
}

/// <summary>Runs and checks histories: a few threads, a few calls each, on one to three keys.</summary>
/// <remarks>
/// The threads meet before each history, so that its calls overlap each other and no other history's. A batch of histories goes on from the
/// state that the one before left behind, and is checked as a whole when its threads have met again; each batch begins with other keys.
/// </remarks>
internal sealed class HistoryRun(IRegisters registers, HistoryLayout[] layouts, int threads, int callsPerThread, int seed)
{
    private const int HistoriesPerBatch = 64;
    private const int MaxKeys = 3;

    private readonly Call[] _calls = new Call[HistoriesPerBatch * threads * callsPerThread];
    private readonly LinearizabilityChecker _checker = new();
    private readonly List<ulong> _before = [];
    private ulong[] _keys = [];
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
        Crew.Run(threads, thread =>
        {
            try
            {
                long meeting = 0;
                Span<ulong> last = stackalloc ulong[MaxKeys];
                for (long batch = 0; batch < batches && !_stop; batch++)
                {
                    if (thread == 0)
                    {
                        HistoryLayout layout = layouts[batch % layouts.Length];
                        registers.Reset(layout);
                        _keys = layout.Keys;
                    }
                    var random = new Random(HashCode.Combine(seed, batch, thread));
                    last.Clear();
                    for (int history = 0; history < HistoriesPerBatch; history++)
                    {
                        Meet(++meeting);
                        ulong[] keys = _keys;
                        for (int i = 0; i < callsPerThread; i++) Do(ref _calls[IndexOf(history, thread, i)], keys, last, random, thread, history, i);
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

    private void Do(ref Call call, ulong[] keys, Span<ulong> last, Random random, int thread, int history, int i)
    {
        int dice = random.Next(100);
        call = default;
        call.Key = (byte)random.Next(keys.Length);
        call.Kind = dice switch
        {
            < 28 => CallKind.Add,
            < 55 => CallKind.Remove,
            < 68 => CallKind.Get,
            < 78 => CallKind.Set,
            < 85 => CallKind.Update,
            < 90 => CallKind.RemoveExpected,
            < 96 => CallKind.RemoveRange,
            _ => CallKind.Tidy,
        };
        // Every value is written once in a batch; every other one lies in a cell.
        ulong number = (ulong)IndexOf(history, thread, i) + 1;
        call.Argument = number | (number & 1) << 62;
        call.Expected = last[call.Key];
        call.Began = Stopwatch.GetTimestamp();
        registers.Do(ref call, keys[call.Key]);
        call.Ended = Stopwatch.GetTimestamp();
        last[call.Key] = call.Kind switch
        {
            CallKind.Get when call.Answer => call.Result,
            CallKind.Add or CallKind.Update when call.Answer => call.Argument,
            CallKind.Set => call.Argument,
            _ => last[call.Key],
        };
    }

    private void Check()
    {
        int perHistory = threads * callsPerThread;
        for (int key = 0; key < _keys.Length; key++)
        {
            List<ulong> states = [Call.Absent];
            for (int history = 0; history < HistoriesPerBatch; history++)
            {
                ReadOnlySpan<Call> calls = _calls.AsSpan(history * perHistory, perHistory);
                _checker.Begin();
                foreach (ref readonly Call call in calls)
                {
                    if (call.Key == key && call.Kind != CallKind.Tidy) _checker.Add(in call);
                }
                if (Overlap(calls, key)) Overlapping++;
                _before.Clear();
                _before.AddRange(states);
                if (_checker.Check(states)) continue;
                Refused ??= $"seed {seed}: key {_keys[key]:x} from one of the states {string.Join(", ", _before.Select(s => $"{s:x}"))}:\n" + string.Join('\n', calls.ToArray());
                _stop = true;
                return;
            }
        }
        Histories += HistoriesPerBatch;
    }

    private static bool Overlap(ReadOnlySpan<Call> calls, int key)
    {
        for (int i = 0; i < calls.Length; i++)
        {
            for (int j = i + 1; j < calls.Length; j++)
            {
                if (calls[i].Key == key && calls[j].Key == key && calls[i].Began <= calls[j].Ended && calls[j].Began <= calls[i].Ended) return true;
            }
        }
        return false;
    }

    // All threads pass when all have come. It spins, since a history takes microseconds.
    private void Meet(long meeting)
    {
        Interlocked.Increment(ref _arrived);
        long goal = meeting * threads, end = 0;
        for (int spins = 0; Volatile.Read(ref _arrived) < goal; spins++)
        {
            if (spins < 400)
            {
                Thread.SpinWait(4);
                continue;
            }
            Thread.Yield();
            if (spins % 4096 != 0) continue;
            if (end == 0) end = Environment.TickCount64 + (long)Crew.Patience.TotalMilliseconds;
            if (Environment.TickCount64 > end) throw new TimeoutException("a thread of the history does not come");
        }
    }
}
