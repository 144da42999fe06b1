using System.Runtime.InteropServices;

namespace Alloc.Bench.Rcu;

/// <summary>liburcu's flavours memb and qsbr, by loops in C. Threads register before they read, defer or wait.</summary>
internal sealed unsafe class UrcuPeer
{
    private readonly delegate* unmanaged<void> _register, _unregister, _drain;
    private readonly delegate* unmanaged<ulong, ulong*, ulong> _empty, _memb, _qsbr, _qsbr1024;
    private readonly delegate* unmanaged<ulong, byte*, ulong> _defer, _counted;
    private readonly delegate* unmanaged<ulong, ulong> _synchronize;

    private UrcuPeer(nint library)
    {
        _register = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "urcu_register");
        _unregister = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "urcu_unregister");
        _drain = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "urcu_drain");
        _empty = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "urcu_read_empty");
        _memb = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "urcu_read_memb");
        _qsbr = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "urcu_read_qsbr");
        _qsbr1024 = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "urcu_read_qsbr_1024");
        _defer = (delegate* unmanaged<ulong, byte*, ulong>)NativeLibrary.GetExport(library, "urcu_defer");
        _counted = (delegate* unmanaged<ulong, byte*, ulong>)NativeLibrary.GetExport(library, "urcu_defer_counted");
        _synchronize = (delegate* unmanaged<ulong, ulong>)NativeLibrary.GetExport(library, "urcu_synchronize");
    }

    public static UrcuPeer? TryCreate(out string? problem)
    {
        (var library, problem) = PeerBuild.Load("PEER_URCU", "liburcu-dev", "urcu-memb", "urcu-qsbr", "urcu-common");
        return problem is null ? new UrcuPeer(library) : null;
    }

    public void Register() => _register();

    public void Unregister() => _unregister();

    public ulong ReadEmpty(int count, ulong* value) => _empty((ulong)count, value);

    public ulong ReadMemb(int count, ulong* value) => _memb((ulong)count, value);

    public ulong ReadQsbr(int count, ulong* value) => _qsbr((ulong)count, value);

    public ulong ReadQsbr1024(int count, ulong* value) => _qsbr1024((ulong)count, value);

    public ulong Synchronize(int count) => _synchronize((ulong)count);

    public ulong Defer(int count, byte* heads) => _defer((ulong)count, heads);

    public ulong DeferCounted(int count, byte* heads) => _counted((ulong)count, heads);

    public void Drain() => _drain();
}
