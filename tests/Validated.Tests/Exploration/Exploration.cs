using Alloc.Native;
using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Rcu;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>What a search has looked at.</summary>
internal sealed record Explored(long Schedules, long Choices, int Meetings, int Bound);

/// <summary>An execution that is wrong, and the schedule by which it comes again.</summary>
internal sealed class WrongExecutionException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>All schedules of a scenario with at most so many preemptions, each run on a table of its own and looked at afterwards.</summary>
/// <remarks>
/// Depth-first with replay: an execution is run to its end, and each choice after its last deviation is the root of others. As every execution does the same up to
/// its last deviation, and that is checked, each schedule is run exactly once. After it the answers must be explained by an order of the calls, every word of
/// the tree must be as one at rest is, and nothing may be out. While it runs a section is open, so nothing that was retired comes back: what a grace
/// period lets happen is not searched.
/// </remarks>
internal sealed class Exploration : IDisposable
{
    private const nuint ChunkSize = 2 << 20;

    private readonly Scenario _scenario;
    private readonly Func<RadixTable<ulong>, Act, Answer> _do;
    private readonly Meetings _meetings;
    private readonly Scheduler _scheduler;
    private readonly RcuDomain _domain = new(new RcuDomainOptions { Mode = ReclaimerMode.Inline });
    private readonly HashSet<string> _explained = [];
    private readonly ulong[] _keys;
    private long _choices;
    private bool _isBroken;

    /// <param name="scenario">What to run.</param>
    /// <param name="act">How a call is done; for controls that do it wrong.</param>
    /// <param name="everywhere">Whether every access is a choice, not only where threads meet.</param>
    public Exploration(Scenario scenario, Func<RadixTable<ulong>, Act, Answer>? act = null, bool everywhere = false)
    {
        _meetings = new Meetings(ChunkSize, everywhere);
        _scenario = scenario;
        _do = act ?? (static (table, call) => call.Do(table));
        _keys = scenario.Keys;
        _scheduler = new Scheduler(scenario.Threads.Length, _meetings);
    }

    public void Dispose()
    {
        if (_isBroken)
        {
            Scheduler.LetGo();
            return;
        }
        _scheduler.Dispose();
        _domain.Dispose();
    }

    /// <summary>The whole search. Throws at the first execution that is wrong.</summary>
    public Explored Run(int bound)
    {
        while (true)
        {
            _meetings.HasGrown = false;
            if (TryRun(bound, out Explored explored)) return explored;
        }
    }

    /// <summary>One schedule, as a failure prints it, to look at it again. The search has to have found its meetings: run it before.</summary>
    public void Replay(Deviation[] schedule) => Execute(schedule);

    // False where threads turned out to meet at more places than the search has looked at so far.
    private bool TryRun(int bound, out Explored explored)
    {
        long schedules = 0;
        _choices = 0;
        var open = new Stack<(Deviation[] Schedule, int Preemptions, int History)>();
        open.Push(([], 0, 0));
        explored = new Explored(0, 0, 0, bound);
        while (open.TryPop(out var branch))
        {
            Execute(branch.Schedule);
            if (_meetings.HasGrown) return false;
            schedules++;
            IReadOnlyList<Choice> choices = _scheduler.Choices;
            _choices += choices.Count;
            int from = 0;
            if (branch.Schedule.Length != 0)
            {
                from = branch.Schedule[^1].Choice + 1;
                if (choices[from - 1].History != branch.History) throw new WrongExecutionException(Describe("the same schedule does not give the same execution", branch.Schedule));
            }
            for (int i = choices.Count - 1; i >= from; i--)
            {
                Choice choice = choices[i];
                int preemptions = branch.Preemptions + (choice.Preemption ? 1 : 0);
                if (preemptions > bound) continue;
                for (int thread = 0; thread < _scenario.Threads.Length; thread++)
                {
                    if (thread != choice.Chosen && (choice.Able >> thread & 1) != 0) open.Push(([.. branch.Schedule, new Deviation(i, thread)], preemptions, choice.History));
                }
            }
        }
        explored = new Explored(schedules, _choices, _meetings.Count, bound);
        return true;
    }

    private void Execute(Deviation[] schedule)
    {
        var done = new List<Done>();
        var pages = new PageAllocator(new PageAllocatorOptions { TrimsWhenIdle = false, MaxBytes = Limit });
        var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = _domain });
        try
        {
            SetUp(table);
            ulong[] before = StateOf(table);
            _meetings.BeginWith(RootOf(table));
            using (_domain.Enter())
            {
                _scheduler.Run([.. _scenario.Threads.Select((acts, thread) => (Action)(() => RunThread(table, acts, thread, done)))], schedule);
            }
            Check(table, before, done, pages);
        }
        catch (Exception e) when (e is not WrongExecutionException)
        {
            // Table and domain are left as they are: of a broken one, disposal may wait for ever.
            _isBroken = true;
            GC.SuppressFinalize(table);
            throw new WrongExecutionException(Describe(e.Message, schedule) + "\n" + string.Join('\n', done), e);
        }
        table.Dispose();
        Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));
        pages.Dispose();
    }

    private long Limit => _scenario.SparePages is { } spare ? (_limit ??= PagesBefore() + spare) * Page.Size : long.MaxValue;

    private long? _limit;

    private long PagesBefore()
    {
        using var pages = new PageAllocator();
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = pages, Domain = _domain });
        SetUp(table);
        PageAllocatorStatistics statistics = pages.GetStatistics();
        return statistics.LivePages + (statistics.LiveBlocks > 0 ? 1 : 0);
    }

    private void SetUp(RadixTable<ulong> table)
    {
        if (_scenario.InLeafTables) table.PutInLeafTables(static _ => 1UL, [.. _scenario.Before.Where(act => act.Kind == ActKind.Add).Select(act => act.Key)]);
        foreach (Act act in _scenario.Before)
        {
            if (act.Kind == ActKind.Add) table[act.Key] = act.Value;
            else act.Do(table);
        }
        _domain.Barrier();
    }

    private void RunThread(RadixTable<ulong> table, Act[] acts, int thread, List<Done> done)
    {
        foreach (Act act in acts)
        {
            long began = ++_scheduler.Now;
            Answer answer = _do(table, act);
            done.Add(new Done(thread, act, answer, began, ++_scheduler.Now));
        }
    }

    private void Check(RadixTable<ulong> table, ulong[] before, List<Done> done, PageAllocator pages)
    {
        TreeCheck.AtRest(table, _domain, pages);
        ulong[] after = StateOf(table);
        // Many schedules give the same answers in the same order.
        string signature = string.Join(';', done) + string.Join(',', after);
        if (!_explained.Contains(signature))
        {
            if (!Explanation.Exists(done, _keys, before, after)) throw new InvalidOperationException($"no order of the calls explains their answers and the table that they left ({string.Join(' ', table.Select(e => $"{e.Key:x}={e.Value:x}"))})");
            _explained.Add(signature);
        }
        // One call can end at the last key of all before it comes to the directories above; the next one does.
        table.Trim();
        if (_keys.Contains(ulong.MaxValue)) table.Trim();
        TreeCheck.AtRest(table, _domain, pages, trimmed: true);
    }

    private ulong[] StateOf(RadixTable<ulong> table) => [.. _keys.Select(key => table.TryGetValue(key, out ulong value) ? value : Act.Absent)];

    private static unsafe nuint RootOf(RadixTable<ulong> table) => (nuint)TreeOf(table).Root.Location;

    [System.Runtime.CompilerServices.UnsafeAccessor(System.Runtime.CompilerServices.UnsafeAccessorKind.Field, Name = "_tree")]
    private static extern ref RadixTree TreeOf(RadixTable<ulong> table);

    private string Describe(string what, Deviation[] schedule) => $"\"{_scenario.Name}\", schedule [{string.Join(' ', schedule)}]: {what}";
}
