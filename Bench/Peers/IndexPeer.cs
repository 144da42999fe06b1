namespace Alloc.Bench.Peers;

/// <summary>
/// A contender: an index of 64-bit keys, in loops over many keys at once, so that a virtual call is paid once a chunk. Every method returns a
/// checksum that is the same for all contenders.
/// </summary>
internal abstract class IndexPeer(string name) : IDisposable
{
    public string Name => name;

    public abstract long Count { get; }

    /// <summary>Bytes of native memory that it holds for its content; zero where all of it is managed, null where it cannot say.</summary>
    public abstract long? NativeBytes { get; }

    /// <summary>Inserts pairs that are not there; returns how many were new.</summary>
    public abstract ulong Insert(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values);

    /// <summary>Puts pairs whether or not they are there; returns how many were put.</summary>
    public abstract ulong Set(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values);

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

    /// <summary>Removes all keys from the first to the last, in the best way that the index offers; returns how many were there.</summary>
    public abstract ulong RemoveRange(ulong first, ulong last);

    /// <summary>Does operations of all kinds, one after the other; returns the sum of what each of them adds.</summary>
    public abstract ulong Run(ReadOnlySpan<Operation> operations);

    /// <summary>Gives memory back, as far as its user can ask for that.</summary>
    public abstract void Trim();

    /// <summary>
    /// The same index as the calling thread should use it, with handles of its own where the index has such; disposing ends the handles only.
    /// </summary>
    public abstract IndexPeer ForThisThread();

    public abstract void Dispose();
}
