namespace Alloc.Bench.Peers;

/// <summary>
/// A contender: an index from ulong to ulong. Each adapter has its own plain loops over its own concrete type, so that no interface call stands
/// between the loop and the index; a virtual call is paid once a chunk. Every method returns a checksum that is the same for all.
/// </summary>
internal abstract class IndexPeer : IDisposable
{
    public abstract string Name { get; }

    public abstract long Count { get; }

    /// <summary>Bytes of native memory that it holds for its content; zero where all of it is managed.</summary>
    public virtual long NativeBytes => 0;

    /// <summary>Inserts pairs that are not there; returns how many were new.</summary>
    public abstract ulong Insert(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values);

    /// <summary>
    /// Sums up the values under the keys; a key that is not there counts as zero. The lookups are independent of each other.
    /// </summary>
    public abstract ulong Lookup(ReadOnlySpan<ulong> keys);

    /// <summary>
    /// The same, but no lookup can begin before the one ahead of it has ended. <paramref name="zero"/> is 0, which only the
    /// caller knows.
    /// </summary>
    public abstract ulong LookupChain(ReadOnlySpan<ulong> keys, ulong zero);

    /// <summary>Walks all pairs in ascending order; folds them with <see cref="Workloads.KeySet.ScanStep"/>.</summary>
    public abstract ulong ScanInOrder();

    /// <summary>Removes the keys one by one; returns how many were there.</summary>
    public abstract ulong Remove(ReadOnlySpan<ulong> keys);

    public abstract void Dispose();
}
