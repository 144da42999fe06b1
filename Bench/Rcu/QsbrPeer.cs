using System.Runtime.InteropServices;
using Alloc.Bench.Peers.Native;

namespace Alloc.Bench.Rcu;

/// <summary>
/// liburcu's flavour qsbr, by loops in C: its sections cost nothing, and its threads must say again and again that they are in none. A
/// thread registers before it reads.
/// </summary>
internal sealed unsafe class QsbrPeer
{
    private readonly delegate* unmanaged<void> _register, _unregister;
    private readonly delegate* unmanaged<ulong, ulong*, ulong> _each, _each1024;

    private QsbrPeer(nint library)
    {
        _register = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "qsbr_register");
        _unregister = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "qsbr_unregister");
        _each = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "qsbr_read");
        _each1024 = (delegate* unmanaged<ulong, ulong*, ulong>)NativeLibrary.GetExport(library, "qsbr_read_1024");
    }

    /// <summary>Whether its sections cost what they cost in a C program.</summary>
    public bool IsFast { get; private init; }

    public static QsbrPeer? TryCreate(out string? problem)
    {
        (var library, problem, var fast) = PeerBuild.Load("rcu_peers.c", "PEER_QSBR", "liburcu-dev", "urcu-qsbr", "urcu-common");
        return problem is null ? new QsbrPeer(library) { IsFast = fast } : null;
    }

    public void Register() => _register();

    public void Unregister() => _unregister();

    public ulong Read(int count, ulong* value) => _each((ulong)count, value);

    public ulong Read1024(int count, ulong* value) => _each1024((ulong)count, value);
}
