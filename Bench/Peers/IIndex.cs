namespace Alloc.Bench.Peers;

/// <summary>
/// What an adapter must say about its index. Adapters are structs around one reference: the loops over them are compiled once for each, with the
/// calls inlined, so that nothing stands between a loop and the index.
/// </summary>
internal interface IIndex<TValue>
{
    long Count { get; }

    long? NativeBytes { get; }

    bool TryAdd(ulong key, TValue value);

    void Set(ulong key, TValue value);

    bool TryGet(ulong key, out TValue value);

    bool TryRemove(ulong key);

    /// <summary>False where the index has no such operation.</summary>
    bool TryRemoveRange(ulong first, ulong last, out ulong removed);

    /// <summary>All pairs ascending, folded; an index without order copies and sorts, as its user must.</summary>
    ulong ScanInOrder();

    /// <summary>All keys in any order.</summary>
    IEnumerable<ulong> Keys();

    /// <summary>Makes what a thread of its own needs.</summary>
    void EnterThread();

    /// <summary>Ends what <see cref="EnterThread"/> has made.</summary>
    void LeaveThread();

    /// <summary>Gives memory back, as far as its user can ask for that.</summary>
    void Trim();

    void Dispose();
}
