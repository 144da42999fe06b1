using Alloc.Bench.Workloads;

namespace Alloc.Bench.Peers;

/// <summary>A kind of index that takes part: how to make one, and what it can do.</summary>
internal abstract class PeerKind
{
    public abstract string Name { get; }

    /// <summary>Whether several threads may read and write at once.</summary>
    public virtual bool IsThreadSafe => true;

    /// <summary>In a few words why this machine does not have it; null where it does.</summary>
    public virtual string? Missing => null;

    /// <summary>Whether it can hold these keys.</summary>
    public virtual bool Fits(KeySet set) => true;

    /// <summary>Whether it can hold values of this type.</summary>
    public virtual bool Holds<TValue>()
        where TValue : unmanaged => true;

    /// <param name="expected">How many entries there will be; only a presized kind uses it, and one that cannot grow.</param>
    public abstract IndexPeer Create<TValue>(int expected)
        where TValue : unmanaged;

    public IndexPeer Create(int expected) => Create<ulong>(expected);
}
