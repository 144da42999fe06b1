using Alloc.Bench.Measure;
using Alloc.Rcu;

namespace Alloc.Bench.Rcu;

/// <summary>The races by which Alloc.Rcu is judged, with their targets.</summary>
internal sealed unsafe class RcuRaces
{
    public const string Flat = "flat handle (EnterOutermost)";
    public const string Nestable = "nestable handle (Enter)";
    public const string Implicit = "domain.Enter()";
    public const string Memb = "liburcu memb";
    public const string LightName = "LightEpoch";
    public const string ByReader = "RcuReader.Defer";
    public const string ByDomain = "domain.Defer";
    public const string CallRcu = "liburcu call_rcu";
    public const string CkCall = "ck_epoch_call, polling";
    public const string Synchronize = "domain.Synchronize";
    private readonly RcuStage _stage;
    private readonly DrainingClock _producer;
    private readonly Race[] _quiet;
    private readonly Race _busy;

    public RcuRaces(RcuStage stage, RcuSizes sizes, IClock clock)
    {
        _stage = stage;
        _producer = new DrainingClock(clock);
        var process = new ProcessClock(clock);
        var reads = new Amount(sizes.Reads, sizes.ReadChunk, RcuStage.Value);
        var defers = new Amount(sizes.Defers, sizes.DeferChunk);
        var waits = new Amount(sizes.Waits, sizes.WaitChunk);
        _quiet =
        [
            new Race("enter and exit, beside liburcu", clock, reads, ReadsBesideUrcu()),
            new Race("enter and exit, beside LightEpoch", clock, reads, ReadsBesideLightEpoch()),
            new Race("defer, producer's side, beside liburcu", _producer, defers, DefersBesideUrcu(Producer, 0.06)),
            new Race("defer, producer's side, beside ck", _producer, defers, ProducersBesideCk()),
            new Race("defer, producer's side, domain against handle", _producer, defers, DomainBesideReader()),
            new Race("defer, CPU of the whole process, beside liburcu", process, defers, DefersBesideUrcu(Whole, 0.1)),
            new Race("defer, CPU of the whole process, beside ck", process, defers, WholeBesideCk()),
            new Race("Synchronize, idle", clock, waits, Waits()),
        ];
        _busy = new Race("Synchronize, one busy reader", clock, waits, Waits());
    }

    private delegate Contender Deferring(string name, double? limit, Func<int, ulong> defer, Action drain);

    public IEnumerable<Race> All => [.. _quiet, _busy];

    public void RunPass()
    {
        foreach (var race in _quiet)
        {
            race.RunPass();
            _producer.Drain();
        }

        using (new BusyReader(_stage))
        {
            _busy.RunPass();
        }
    }

    private Contender?[] ReadsBesideUrcu() =>
    [
        _stage.Urcu is { } urcu ? new Contender(Memb, (_, n) => urcu.ReadMemb(n, _stage.Cell)) : null,
        new Contender(Flat, (_, n) => ReadLoops.Flat(n, _stage.Cell, _stage.Reader), Limit(0.85)),
        new Contender(Nestable, (_, n) => ReadLoops.Nestable(n, _stage.Cell, _stage.Reader), Limit(1.1)),
        new Contender(Implicit, (_, n) => ReadLoops.Implicit(n, _stage.Cell, _stage.AsDefault)),
        _stage.Qsbr is { } each ? new Contender("liburcu qsbr, a quiescent state each", (_, n) => each.Read(n, _stage.Cell)) : null,
        _stage.Qsbr is { } rare ? new Contender("liburcu qsbr, one every 1,024", (_, n) => rare.Read1024(n, _stage.Cell)) : null,
        _stage.Ck is { } ck ? new Contender("ck_epoch_begin, ck_epoch_end", (_, n) => ck.Read(n, _stage.Cell)) : null,
        new Contender("empty loop", (_, n) => ReadLoops.Empty(n, _stage.Cell)),
        _stage.Urcu is { } c ? new Contender("empty loop in C", (_, n) => c.ReadEmpty(n, _stage.Cell)) : null,
    ];

    private double? Limit(double limit) => _stage.Urcu is { IsFast: true } ? limit : null;

    private Contender?[] ReadsBesideLightEpoch() =>
    [
        new Contender(LightName, (_, n) => ReadLoops.Light(n, _stage.Cell, _stage.Light)),
        new Contender(Flat, (_, n) => ReadLoops.Flat(n, _stage.Cell, _stage.Reader), 0.07),
        new Contender(Nestable, (_, n) => ReadLoops.Nestable(n, _stage.Cell, _stage.Reader), 0.1),
        new Contender(Implicit, (_, n) => ReadLoops.Implicit(n, _stage.Cell, _stage.AsDefault), 0.4),
        new Contender("empty loop", (_, n) => ReadLoops.Empty(n, _stage.Cell)),
    ];

    private Contender?[] DefersBesideUrcu(Deferring way, double limit) =>
    [
        _stage.Urcu is { } urcu ? way(CallRcu, null, n => urcu.Defer(n, _stage.UrcuHeads), urcu.Drain) : null,
        Handle(way, limit),
        Domain(way),
        HandleWithoutAssist(way, limit),
        DomainWithoutAssist(way),
        way("LightEpoch bump with action", null, n => DeferLoops.Bump(n, _stage.Light, static () => { }), _stage.DrainLight),
    ];

    private Contender?[] ProducersBesideCk() =>
    [
        _stage.Ck is { } ck ? Producer(CkCall, null, n => ck.DeferPolling(n, _stage.CkHeads), ck.Drain) : null,
        _stage.Ck is { } push ? Producer("ck_epoch_call alone", null, n => push.Defer(n, _stage.CkHeads), push.Drain) : null,
        Handle(Producer, 0.7),
        Domain(Producer),
        HandleWithoutAssist(Producer, 0.7),
        DomainWithoutAssist(Producer),
    ];

    private Contender?[] DomainBesideReader() =>
    [
        Handle(Producer, null),
        Domain(Producer, 2),
    ];

    private Contender?[] WholeBesideCk() =>
    [
        _stage.Ck is { } ck ? Whole(CkCall, null, n => ck.DeferPolling(n, _stage.CkHeads), ck.Drain) : null,
        Whole("RcuReader.Defer, Inline", 1.0, n => DeferLoops.ByReader(n, _stage.Heads, _stage.InlineReader, DeferLoops.Nothing), _stage.Inline.Barrier),
        Handle(Whole, 1.4),
        Domain(Whole),
        HandleWithoutAssist(Whole, 1.4),
    ];

    private Contender?[] Waits() =>
    [
        _stage.Urcu is { } urcu ? new Contender("liburcu synchronize_rcu", (_, n) => urcu.Synchronize(n)) : null,
        new Contender(Synchronize, (_, n) => DeferLoops.Synchronize(n, _stage.AsDefault), 0.6),
        new Contender("the process-wide barrier alone", (_, n) => DeferLoops.BarrierAlone(n)),
    ];

    private Contender Handle(Deferring way, double? limit) =>
        way(ByReader, limit, n => DeferLoops.ByReader(n, _stage.Heads, _stage.Reader, DeferLoops.Nothing), _stage.AsDefault.Barrier);

    private Contender Domain(Deferring way, double? limit = null) =>
        way(ByDomain, limit, n => DeferLoops.ByDomain(n, _stage.Heads, _stage.AsDefault, DeferLoops.Nothing), _stage.AsDefault.Barrier);

    private Contender HandleWithoutAssist(Deferring way, double? limit) =>
        way("RcuReader.Defer, no assist", limit, n => DeferLoops.ByReader(n, _stage.Heads, _stage.NoAssistReader, DeferLoops.Nothing), _stage.NoAssist.Barrier);

    private Contender DomainWithoutAssist(Deferring way) =>
        way("domain.Defer, no assist", null, n => DeferLoops.ByDomain(n, _stage.Heads, _stage.NoAssist, DeferLoops.Nothing), _stage.NoAssist.Barrier);

    private Contender Producer(string name, double? limit, Func<int, ulong> defer, Action drain) => new(name, (_, n) =>
    {
        _producer.Leave(drain);
        return defer(n);
    }, limit);

    private static Contender Whole(string name, double? limit, Func<int, ulong> defer, Action drain) => new(name, (_, n) =>
    {
        var deferred = defer(n);
        drain();
        return deferred;
    }, limit);
}
