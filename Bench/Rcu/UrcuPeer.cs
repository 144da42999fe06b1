using System.Runtime.InteropServices;
using Alloc.Bench.Peers.Native;

namespace Alloc.Bench.Rcu;

/// <summary>liburcu's flavour memb, by loops in C. Threads register before they read, defer or wait.</summary>
internal sealed unsafe class UrcuPeer
{
    private readonly delegate* unmanaged<void> _register, _unregister, _drain;
    private readonly delegate* unmanaged<ulong, ulong*, ulong> _empty, _memb;
    private readonly delegate* unmanaged<ulong, byte*, ulong> _defer, _counted;
    private readonly delegate* unmanaged<ulong, ulong> _synchronize;

    private UrcuPeer(nint library)
    {
        _register = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "urcu_register");
        _unregister = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "urcu_unregister");
        _drain = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "urcu_drain");
        _empty = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "urcu_read_empty");
        _memb = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "urcu_read_memb");
        _defer = (delegate* unmanaged<ulong, byte*, ulong>)NativeLibrary.GetExport(library, "urcu_defer");
        _counted = (delegate* unmanaged<ulong, byte*, ulong>)NativeLibrary.GetExport(library, "urcu_defer_counted");
        _synchronize = (delegate* unmanaged<ulong, ulong>)NativeLibrary.GetExport(library, "urcu_synchronize");
    }

    /// <summary>Whether its sections cost what they cost in a C program.</summary>
    public bool IsFast { get; private init; }

    public static UrcuPeer? TryCreate(out string? problem)
    {
        (var library, problem, var fast) = PeerBuild.Load("rcu_peers.c", "PEER_MEMB", "liburcu-dev", "urcu-memb", "urcu-common");
        return problem is null ? new UrcuPeer(library) { IsFast = fast } : null;
    }

    public void Register() => _register();

    public void Unregister() => _unregister();

    public ulong ReadEmpty(int count, ulong* value) => _empty((ulong)count, value);

    public ulong ReadMemb(int count, ulong* value) => _memb((ulong)count, value);

    public ulong Synchronize(int count) => _synchronize((ulong)count);

    public ulong Defer(int count, byte* heads) => _defer((ulong)count, heads);

    public ulong DeferCounted(int count, byte* heads) => _counted((ulong)count, heads);

    public void Drain() => _drain();
}
