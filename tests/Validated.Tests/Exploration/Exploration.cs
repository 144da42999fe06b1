using Alloc.Native;
using Alloc.PageTable;
using Alloc.PageTable.Tests;
using Alloc.Rcu;

namespace Alloc.Validated.Tests.Exploration;

/// <summary>What a search has looked at.</summary>
internal sealed record Explored(long Schedules, long Choices, int Meetings, int Bound);

/// <summary>An execution that is wrong, and the schedule by which it comes again.</summary>
internal sealed class WrongExecutionException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Which of the schedules that differ in nothing but the order of accesses that do not conflict are run.</summary>
internal enum Reduction
{
    /// <summary>All of them.</summary>
    None,

    /// <summary>One.</summary>
    Conflicts,

    /// <summary>For a control: one, and nothing is taken for a conflict.</summary>
    Blind,
}

/// <summary>All schedules of a scenario with at most so many preemptions, each run on a table of its own and looked at afterwards.</summary>
/// <remarks>
/// Depth-first with replay: an execution is run to its end, and each choice after its last deviation is the root of others. As every execution does the same up to
/// its last deviation, and that is checked, no schedule is run twice. After it the answers must be explained by an order of the calls, every word of
/// the tree must be as one at rest is, and nothing may be out. While it runs a section is open, so nothing that was retired comes back: what a grace
/// period lets happen is not searched.
/// <para><b>What is left out.</b> A thread loses its turn before access <c>a</c>, others go on, and it comes back. If nothing that they did conflicts with <c>a</c>, the same happens
/// where <c>a</c> is made first and the turn is lost before the next access: no more preemptions, the same answers, calls that end no later. So such a
/// schedule is left out, and with it all that begin as it does. It is known when the thread comes back (<see cref="Trace.IdleResumptions"/>); with two threads also without
/// a run: losing the turn at the next access has been tried before, and tells what the other thread does up to its end. Each step of the argument moves a preemption
/// to a later access, so it ends, at a schedule that is run. It goes by accesses to the same words; the addresses that the allocator gives out may differ, so where
/// memory is limited nothing is left out.</para>
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
    private readonly HashSet<string> _outcomes = [];
    private readonly Reduction _reduction;
    private readonly ulong[] _keys;
    private long _schedules, _choices;
    private int _bound;
    private bool _isBroken;

    /// <param name="scenario">What to run.</param>
    /// <param name="act">How a call is done; for controls that do it wrong.</param>
    /// <param name="everywhere">Whether every access is a choice, not only where threads meet.</param>
    /// <param name="reduction">Whether schedules are left out that differ in nothing that matters.</param>
    public Exploration(Scenario scenario, Func<RadixTable<ulong>, Act, Answer>? act = null, bool everywhere = false, Reduction reduction = Reduction.Conflicts)
    {
        _meetings = new Meetings(ChunkSize, everywhere);
        _reduction = everywhere || scenario.SparePages is not null ? Reduction.None : reduction;
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

    /// <summary>All answers of all threads, with the table that they left, that have come so far.</summary>
    public IReadOnlySet<string> Outcomes => _outcomes;

    /// <summary>The whole search. Throws at the first execution that is wrong.</summary>
    public Explored Run(int bound)
    {
        _bound = bound;
        do
        {
            _meetings.HasGrown = false;
            _schedules = _choices = 0;
        }
        while (Search([], 0, 0) is null); // threads turned out to meet at more places than it had looked at
        return new Explored(_schedules, _choices, _meetings.Count, bound);
    }

    /// <summary>One schedule, as a failure prints it, to look at it again. The search has to have found its meetings: run it before.</summary>
    public void Replay(Deviation[] schedule) => Execute(schedule);

    // The schedule, and all that begin as it does and then deviate from it. Null where threads met at a new place.
    private Trace? Search(Deviation[] schedule, int preemptions, int history)
    {
        Execute(schedule);
        if (_meetings.HasGrown) return null;
        _schedules++;
        var trace = new Trace(_scheduler.Choices, _scheduler.Accesses);
        _choices += trace.Choices.Length;
        int from = 0;
        if (schedule.Length != 0)
        {
            from = schedule[^1].Choice + 1;
            if (trace.Choices[from - 1].History != history) throw new WrongExecutionException(Describe("the same schedule does not give the same execution", schedule));
        }
        bool reduces = _reduction != Reduction.None, isPair = _scenario.Threads.Length == 2;
        bool[,] idle = trace.IdleResumptions(_scenario.Threads.Length);
        // What the other thread of a pair does from the next choice on.
        Access[]? other = null;
        if (reduces && isPair && !trace.HasWait && trace.Choices.Length > from) other = trace.Of(1 - trace.Choices[^1].Running, trace.Choices[^1].Before);
        for (int i = LastWorthwhile(trace, idle, from, reduces); i >= from; i--)
        {
            Choice choice = trace.Choices[i];
            int after = preemptions + (choice.Preemption ? 1 : 0);
            if (after > _bound) continue;
            for (int thread = 0; thread < _scenario.Threads.Length; thread++)
            {
                if (thread == choice.Chosen || (choice.Able >> thread & 1) == 0) continue;
                if (reduces && choice.Preemption && (idle[i, thread] || (other is not null && !Conflict(other, choice.Pending)))) continue;
                if (Search([.. schedule, new Deviation(i, thread)], after, choice.History) is not { } child) return null;
                other = isPair && reduces && !child.HasWait ? child.Of(thread, choice.Before) : null;
            }
        }
        return trace;
    }

    // Behind an idle resumption all choices are idle as well.
    private static int LastWorthwhile(Trace trace, bool[,] idle, int from, bool reduces)
    {
        for (int i = from; reduces && i < trace.Choices.Length; i++)
        {
            if (trace.Choices[i].Chosen != trace.Choices[i].Running && idle[i, trace.Choices[i].Chosen]) return i;
        }
        return trace.Choices.Length - 1;
    }

    private bool Conflict(Access[] others, Access pending)
    {
        foreach (Access access in others)
        {
            if (_reduction != Reduction.Blind && access.ConflictsWith(pending)) return true;
        }
        return false;
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
            Answer answer = _scheduler.Call(() => _do(table, act), out long began, out long ended);
            done.Add(new Done(thread, act, answer, began, ended));
        }
    }

    private void Check(RadixTable<ulong> table, ulong[] before, List<Done> done, PageAllocator pages)
    {
        TreeCheck.AtRest(table, _domain, pages);
        ulong[] after = StateOf(table);
        // Many schedules give the same answers in the same order.
        string state = string.Join(',', after), signature = string.Join(';', done) + state;
        // A call's first access at a place where threads turn out to meet was no point yet: its beginning is not known.
        if (!_meetings.HasGrown && !_explained.Contains(signature))
        {
            if (!Explanation.Exists(done, _keys, before, after)) throw new InvalidOperationException($"no order of the calls explains their answers and the table that they left ({string.Join(' ', table.Select(e => $"{e.Key:x}={e.Value:x}"))})");
            _explained.Add(signature);
            _outcomes.Add(string.Join(';', done.OrderBy(call => call.Thread).Select(call => $"{call.Thread} {call.Act} -> {call.Answer}")) + " | " + state);
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
