using System.Runtime.InteropServices;
using Alloc.Bench.Workloads;

namespace Alloc.Bench.Peers.Native;

/// <summary>A foreign index whose loops are in C, built on the spot where the machine has a compiler and the index's headers.</summary>
internal sealed class NativeKind(string name, bool isThreadSafe, string define, string package, params string[] libraries) : PeerKind
{
    private readonly Lazy<(NativeFunctions? Functions, string? Problem)> _built = new(() =>
    {
        (var library, var problem, _) = PeerBuild.Load("index_peers.c", define, package, libraries);
        return problem is null ? (new NativeFunctions(library), null) : (null, problem);
    });

    /// <summary>Judy's array of words: the best known radix tree of its time, for one thread.</summary>
    public static readonly NativeKind Judy = new("Judy (C)", false, "PEER_JUDY", "libjudy-dev", "Judy");

    /// <summary>liburcu's resizable hash table, presized, read under its flavour memb.</summary>
    public static readonly NativeKind HashTable = new("liburcu rculfhash (C)", true, "PEER_LFHT", "liburcu-dev", "urcu-memb", "urcu-cds", "urcu-common");

    public override string Name => name;

    public override bool IsThreadSafe => isThreadSafe;

    public override string? Missing => _built.Value.Problem;

    /// <summary>A value of zero stands for absent in Judy.</summary>
    public override bool Fits(KeySet set) => !set.SortedValues.Contains(0UL);

    public override bool Holds<TValue>() => typeof(TValue) == typeof(ulong);

    public override IndexPeer Create<TValue>(int expected) => Holds<TValue>() && _built.Value.Functions is { } functions
        ? new NativePeer(name, functions, expected)
        : throw new NotSupportedException($"{name}: {Missing ?? "only words"}");
}

/// <summary>The functions of <c>index_peers.c</c>.</summary>
internal sealed unsafe class NativeFunctions(nint library)
{
    public readonly delegate* unmanaged<ulong, void*> New = (delegate* unmanaged<ulong, void*>)Export(library, "new");
    public readonly delegate* unmanaged<void*, void> Free = (delegate* unmanaged<void*, void>)Export(library, "free");
    public readonly delegate* unmanaged<void> Enter = (delegate* unmanaged<void>)Export(library, "enter");
    public readonly delegate* unmanaged<void> Leave = (delegate* unmanaged<void>)Export(library, "leave");
    public readonly delegate* unmanaged<void*, ulong> Count = (delegate* unmanaged<void*, ulong>)Export(library, "count");
    public readonly delegate* unmanaged<void*, long> Bytes = (delegate* unmanaged<void*, long>)Export(library, "bytes");
    public readonly delegate* unmanaged<void*, ulong*, ulong*, ulong, ulong> Insert = (delegate* unmanaged<void*, ulong*, ulong*, ulong, ulong>)Export(library, "insert");
    public readonly delegate* unmanaged<void*, ulong*, ulong*, ulong, ulong> Set = (delegate* unmanaged<void*, ulong*, ulong*, ulong, ulong>)Export(library, "set");
    public readonly delegate* unmanaged<void*, ulong*, ulong, ulong> Lookup = (delegate* unmanaged<void*, ulong*, ulong, ulong>)Export(library, "lookup");
    public readonly delegate* unmanaged<void*, ulong*, ulong, ulong, ulong> Chain = (delegate* unmanaged<void*, ulong*, ulong, ulong, ulong>)Export(library, "chain");
    public readonly delegate* unmanaged<void*, ulong> Scan = (delegate* unmanaged<void*, ulong>)Export(library, "scan");
    public readonly delegate* unmanaged<void*, ulong*, ulong, ulong> Remove = (delegate* unmanaged<void*, ulong*, ulong, ulong>)Export(library, "remove");
    public readonly delegate* unmanaged<void*, ulong, ulong, ulong> RemoveRange = (delegate* unmanaged<void*, ulong, ulong, ulong>)Export(library, "remove_range");
    public readonly delegate* unmanaged<void*, Operation*, ulong, ulong> Run = (delegate* unmanaged<void*, Operation*, ulong, ulong>)Export(library, "run");

    private static nint Export(nint library, string function) => NativeLibrary.GetExport(library, "index_" + function);
}
