using System.Runtime.InteropServices;
using Alloc.Bench.Peers.Native;

namespace Alloc.Bench.Rcu;

/// <summary>Concurrency Kit's epochs with one record, by loops in C; for the thread that made it.</summary>
internal sealed unsafe class CkPeer
{
    private readonly delegate* unmanaged<void> _drain;
    private readonly delegate* unmanaged<ulong, ulong*, ulong> _read;
    private readonly delegate* unmanaged<ulong, byte*, ulong> _defer, _polling, _counted;

    private CkPeer(nint library)
    {
        _drain = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "ckp_drain");
        _read = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "ckp_read");
        _defer = (delegate* unmanaged<ulong, byte*, ulong>)NativeLibrary.GetExport(library, "ckp_defer");
        _polling = (delegate* unmanaged<ulong, byte*, ulong>)NativeLibrary.GetExport(library, "ckp_defer_polling");
        _counted = (delegate* unmanaged<ulong, byte*, ulong>)NativeLibrary.GetExport(library, "ckp_defer_counted");
        ((delegate* unmanaged<void>)NativeLibrary.GetExport(library, "ckp_register"))();
    }

    public static CkPeer? TryCreate(out string? problem)
    {
        (var library, problem, _) = PeerBuild.Load("rcu_peers.c", "PEER_CK", "libck-dev", "ck");
        return problem is null ? new CkPeer(library) : null;
    }

    public ulong Read(int count, ulong* value) => _read((ulong)count, value);

    public ulong Defer(int count, byte* heads) => _defer((ulong)count, heads);

    public ulong DeferPolling(int count, byte* heads) => _polling((ulong)count, heads);

    public ulong DeferCounted(int count, byte* heads) => _counted((ulong)count, heads);

    public void Drain() => _drain();
}
