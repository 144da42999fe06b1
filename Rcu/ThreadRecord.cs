using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Rcu;

/// <summary>One thread in one domain: its slot, and who it is. The domain's registry holds it; the thread holds it weakly.</summary>
internal sealed unsafe class ThreadRecord
{
    private readonly SlotChunk _chunk; // keeps the slot's memory

    public ThreadRecord(RcuDomain domain, SlotChunk chunk, ReaderSlot* slot)
    {
        Domain = domain;
        _chunk = chunk;
        Slot = slot;
        Owner = Thread.CurrentThread;
        Implicit = new RcuReader(this);
        if (Validation.Enabled) Ledger = new SectionLedger(Owner, domain.CapturesEnterStacks);
    }

    public RcuDomain Domain { get; }

    public SlotChunk Chunk => _chunk;

    public ReaderSlot* Slot { get; }

    /// <summary>The thread itself, never its id: ids are reused.</summary>
    public Thread Owner { get; }

    /// <summary>The handle behind <see cref="RcuDomain.Enter"/>.</summary>
    public RcuReader Implicit { get; }

    public SectionLedger? Ledger { get; }

    public void ThrowIfNotOwner()
    {
        if (Thread.CurrentThread != Owner)
            throw new InvalidOperationException("A reader is used by a thread that did not register it.");
    }
}

/// <summary>All records of the calling thread.</summary>
internal sealed class ThreadRecords
{
    /// <summary>The implicit handle that this thread used last.</summary>
    [ThreadStatic] public static RcuReader? Last;

    [ThreadStatic] private static ThreadRecords? t_own;

    // Weak handles of our own: WeakReference objects may be finalized before us.
    private readonly Dictionary<long, GCHandle> _byDomain = [];
    private int _pruneAt = 16;

    // Runs when the thread is gone and its statics were collected: the earliest sign of its death that needs nobody to look.
    ~ThreadRecords()
    {
        foreach (var weak in _byDomain.Values)
        {
            if (weak.Target is ThreadRecord record) record.Domain.Registry.SweepFromFinalizer();
            weak.Free();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ThreadRecord? Find(RcuDomain domain)
    {
        var own = t_own;
        return own is not null && own._byDomain.TryGetValue(domain.Id, out var weak) ? (ThreadRecord?)weak.Target : null;
    }

    public static ThreadRecord FindOrAdd(RcuDomain domain)
    {
        if (Find(domain) is { } record) return record;
        ObjectDisposedException.ThrowIf(domain.IsDisposed, domain);
        var own = t_own ??= new ThreadRecords();
        own.PruneWhenGrown();
        record = domain.Registry.Register();
        own._byDomain.Add(domain.Id, GCHandle.Alloc(record, GCHandleType.Weak));
        return record;
    }

    private void PruneWhenGrown()
    {
        if (_byDomain.Count < _pruneAt) return;
        foreach (var (id, weak) in _byDomain)
        {
            if (weak.Target is ThreadRecord { Domain.IsDisposed: false }) continue;
            _byDomain.Remove(id);
            weak.Free();
        }
        _pruneAt = Math.Max(16, _byDomain.Count * 2);
    }
}
