using System.Diagnostics;

namespace Alloc.Rcu;

[DebuggerDisplay("{ToString(),nq}")]
[DebuggerTypeProxy(typeof(RcuDomainDebugView))]
public sealed unsafe partial class RcuDomain
{
    /// <summary>The name, and how much waits for a grace period, or that the domain is disposed. Never throws.</summary>
    public override string ToString() => IsDisposed
        ? $"RcuDomain {Name} (disposed)"
        : $"RcuDomain {Name}: {Deferrals.PendingCount} pending, {Deferrals.PendingBytes} bytes";
}

/// <summary>What a debugger shows of a domain: who is in a section, how far grace periods are, what waits. Safe on a disposed one.</summary>
internal sealed unsafe class RcuDomainDebugView(RcuDomain domain)
{
    public string Name => domain.Name;

    /// <summary>The epoch of which every section that was open before it has ended.</summary>
    public ulong CompletedEpoch => domain.Grace.Completed;

    /// <summary>Threads inside a section now, and the epoch that each entered in: one much older than the others holds up the frees.</summary>
    public DebugSection[] Sections =>
        [.. domain.Registry.Snapshot()
            .Select(record => new DebugSection(record.Owner.ManagedThreadId, record.Owner.Name ?? "", record.Slot->Scan()))
            .Where(section => section.Epoch != ReaderSlot.Quiescent)
            .OrderBy(section => section.Epoch)];

    /// <summary>What waits, and what was done so far.</summary>
    public RcuStatistics Statistics => domain.GetStatistics();
}

/// <summary>A thread inside a section.</summary>
[DebuggerDisplay("thread {ThreadId} {Thread,nq} since epoch {Epoch}")]
internal readonly record struct DebugSection(int ThreadId, string Thread, ulong Epoch);
