using System.Numerics;
using FASTER.core;

namespace Alloc.Bench.Peers;

/// <summary>
/// FasterKV of Microsoft.FASTER.Core as a map in memory: a hash index over a log that never leaves memory. Its index is presized and its log
/// holds several times the entries, since deletions and new versions stay in it. Its upsert overwrites what is there: an easier task than adding.
/// </summary>
internal sealed class FasterKind : PeerKind
{
    public const string PeerName = "FasterKV";

    public override string Name => PeerName;

    public override IndexPeer Create<TValue>(int expected) => new Peer<FasterIndex<TValue>, TValue>(Name, new FasterIndex<TValue>(new FasterStore<TValue>(expected)));
}

internal sealed class FasterStore<TValue> : IDisposable
    where TValue : unmanaged
{
    private const int PageBits = 22;
    private const int VersionsInLog = 4;

    private readonly NullDevice _device = new();

    public unsafe FasterStore(int expected)
    {
        expected = Math.Max(expected, 1024);
        var record = 16 + sizeof(TValue);
        var memory = Math.Max(PageBits + 2, BitOperations.Log2((ulong)expected * (ulong)record * VersionsInLog) + 1);
        Log = new LogSettings { LogDevice = _device, PageSizeBits = PageBits, MemorySizeBits = memory, MutableFraction = 0.9 };
        Store = new FasterKV<ulong, TValue>((long)BitOperations.RoundUpToPowerOf2((uint)Math.Max(expected / 4, 128)), Log);
        Session = NewSession();
    }

    public LogSettings Log { get; }

    public FasterKV<ulong, TValue> Store { get; }

    public ClientSession<ulong, TValue, TValue, TValue, Empty, SimpleFunctions<ulong, TValue>> Session { get; }

    public ClientSession<ulong, TValue, TValue, TValue, Empty, SimpleFunctions<ulong, TValue>> NewSession() =>
        Store.For(new SimpleFunctions<ulong, TValue>()).NewSession<SimpleFunctions<ulong, TValue>>();

    public void Dispose()
    {
        Session.Dispose();
        Store.Dispose();
        _device.Dispose();
    }
}

internal struct FasterIndex<TValue>(FasterStore<TValue> store) : IIndex<TValue>
    where TValue : unmanaged
{
    private ClientSession<ulong, TValue, TValue, TValue, Empty, SimpleFunctions<ulong, TValue>> _session = store.Session;

    public readonly long Count => Keys().LongCount();

    public readonly long? NativeBytes => 0;

    public readonly bool TryAdd(ulong key, TValue value) => !_session.Upsert(ref key, ref value).Found;

    public readonly void Set(ulong key, TValue value) => _session.Upsert(ref key, ref value);

    public readonly bool TryGet(ulong key, out TValue value)
    {
        value = default;
        return _session.Read(ref key, ref value).Found;
    }

    public readonly bool TryRemove(ulong key) => _session.Delete(ref key).Found;

    public readonly bool TryRemoveRange(ulong first, ulong last, out ulong removed)
    {
        removed = 0;
        return false;
    }

    public readonly ulong ScanInOrder() => Folds.Sorted(Pairs());

    public readonly IEnumerable<ulong> Keys() => Pairs().Select(pair => pair.Key);

    public void EnterThread() => _session = store.NewSession();

    public readonly void LeaveThread() => _session.Dispose();

    public readonly void Trim()
    {
    }

    public readonly void Dispose() => store.Dispose();

    private readonly KeyValuePair<ulong, TValue>[] Pairs()
    {
        var pairs = new List<KeyValuePair<ulong, TValue>>();
        using var all = _session.Iterate();
        while (all.GetNext(out var record))
        {
            if (!record.Tombstone)
            {
                pairs.Add(new(all.GetKey(), all.GetValue()));
            }
        }

        return [.. pairs];
    }
}
