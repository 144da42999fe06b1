using System.Runtime.InteropServices;
using Alloc.Bench.Measure;
using Alloc.Rcu;
using FASTER.core;

namespace Alloc.Bench.Rcu;

/// <summary>What the contenders work with: domains, handles, peers, heads. Made, used and disposed by one thread, which it registers with all of them.</summary>
internal sealed unsafe class RcuStage : IDisposable
{
    /// <summary>What every read loads.</summary>
    public const ulong Value = 3;

    private readonly List<string> _skipped = [];

    public RcuStage(int heads)
    {
        AsDefault = new RcuDomain(new RcuDomainOptions { Name = "default" });
        NoAssist = new RcuDomain(new RcuDomainOptions { Name = "no assist", ProducerAssist = false });
        Inline = new RcuDomain(new RcuDomainOptions { Name = "inline", Mode = ReclaimerMode.Inline });
        Reader = AsDefault.Register();
        NoAssistReader = NoAssist.Register();
        InlineReader = Inline.Register();
        Cell = (ulong*)NativeMemory.AlignedAlloc(128, 128);
        *Cell = Value;
        Heads = NewHeads(heads);
        UrcuHeads = NewHeads(heads);
        CkHeads = NewHeads(heads);
        Urcu = UrcuPeer.TryCreate(out var problem);
        Skip("liburcu memb", problem);
        Qsbr = QsbrPeer.TryCreate(out problem);
        Skip("liburcu qsbr", problem);
        Ck = CkPeer.TryCreate(out problem);
        Skip("Concurrency Kit", problem);
        if (Urcu is { IsFast: false } || Qsbr is { IsFast: false })
        {
            _skipped.Add("liburcu's sections call for their thread-local words here, and are slower than in a C program: their targets are not judged.");
        }

        Urcu?.Register();
        Qsbr?.Register();
    }

    public RcuDomain AsDefault { get; }

    public RcuDomain NoAssist { get; }

    public RcuDomain Inline { get; }

    public RcuReader Reader { get; }

    public RcuReader NoAssistReader { get; }

    public RcuReader InlineReader { get; }

    public LightEpoch Light { get; } = new();

    public UrcuPeer? Urcu { get; }

    public QsbrPeer? Qsbr { get; }

    public CkPeer? Ck { get; }

    public ulong* Cell { get; }

    /// <summary>For Alloc's domains: a head is zero again when its callback runs.</summary>
    public byte* Heads { get; }

    public byte* UrcuHeads { get; }

    public byte* CkHeads { get; }

    /// <summary>The peers that are not there, or not as they should be, and why.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>Untimed: every way to defer runs each callback once.</summary>
    public void Verify(int count)
    {
        ThrowUnless("RcuReader.Defer", count, Ran(() => DeferLoops.ByReader(count, Heads, Reader, DeferLoops.Count), AsDefault.Barrier));
        ThrowUnless("domain.Defer", count, Ran(() => DeferLoops.ByDomain(count, Heads, AsDefault, DeferLoops.Count), AsDefault.Barrier));
        ThrowUnless("RcuReader.Defer, no assist", count, Ran(() => DeferLoops.ByReader(count, Heads, NoAssistReader, DeferLoops.Count), NoAssist.Barrier));
        ThrowUnless("RcuReader.Defer, inline", count, Ran(() => DeferLoops.ByReader(count, Heads, InlineReader, DeferLoops.Count), Inline.Barrier));
        ThrowUnless("LightEpoch", count, Ran(() => DeferLoops.Bump(count, Light, DeferLoops.CountAction), DrainLight));
        ThrowUnless("call_rcu", count, Urcu?.DeferCounted(count, UrcuHeads));
        ThrowUnless("ck_epoch_call", count, Ck?.DeferCounted(count, CkHeads));
    }

    /// <summary>A thread inside its section drains what is due.</summary>
    public void DrainLight()
    {
        Light.Resume();
        Light.ProtectAndDrain();
        Light.Suspend();
    }

    public void Dispose()
    {
        Urcu?.Drain();
        Urcu?.Unregister();
        Qsbr?.Unregister();
        Ck?.Drain();
        Light.Dispose();
        Reader.Dispose();
        NoAssistReader.Dispose();
        InlineReader.Dispose();
        AsDefault.Dispose();
        NoAssist.Dispose();
        Inline.Dispose();
        NativeMemory.AlignedFree(Heads);
        NativeMemory.AlignedFree(UrcuHeads);
        NativeMemory.AlignedFree(CkHeads);
        NativeMemory.AlignedFree(Cell);
    }

    private static byte* NewHeads(int count)
    {
        var bytes = (nuint)count * DeferLoops.Stride;
        var heads = (byte*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(heads, bytes);
        return heads;
    }

    private static ulong Ran(Func<ulong> defer, Action drain)
    {
        var before = DeferLoops.Ran;
        defer();
        drain();
        return (ulong)(DeferLoops.Ran - before);
    }

    private static void ThrowUnless(string contender, int count, ulong? ran)
    {
        if (ran is { } number && number != (ulong)count)
        {
            throw new WrongChecksumException("callbacks that ran", contender, (ulong)count, number);
        }
    }

    private void Skip(string peer, string? problem)
    {
        if (problem is not null)
        {
            _skipped.Add($"{peer} skipped: {problem}");
        }
    }
}
