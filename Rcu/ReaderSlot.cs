using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Rcu;

/// <summary>What one thread shows to the updaters of one domain: 128 bytes, two cache lines, nobody else's.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct ReaderSlot
{
    public const int Size = 128;
    public const ulong Quiescent = 0;

    /// <summary>Quiescent, or the epoch that was current when the outermost section began. Scanned by updaters.</summary>
    [FieldOffset(0)] private ulong _announced;

    /// <summary>The words of the slot's domain; also the domain's identity.</summary>
    [FieldOffset(8)] public DomainWords* Domain;

    // The second line: the owner's list of heads not yet handed over (DeferQueue.cs).
    [FieldOffset(64)] public RcuHead* First;
    [FieldOffset(72)] public RcuHead* Last;
    [FieldOffset(80)] public HeldTotal Held;
    [FieldOffset(88)] public ulong Busy;

    /// <summary>Not zero when the owner pushed a chain on a congested domain and has not paused for it yet. The owner's alone.</summary>
    [FieldOffset(96)] public ulong OwesPause;

    /// <summary>The announcement as its owner sees it.</summary>
    public readonly ulong Own
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _announced;
    }

    /// <summary>The announcement as a scan sees it. Fence D: acquire; a free after the scan may not overtake the reader's loads before fence C.</summary>
    public readonly ulong Scan() => SharedWord.Read(in _announced);

    /// <summary>
    /// Fence A: announce, then nothing of the section before it. Matches fence B, the process-wide barrier between unlink and
    /// scan (GracePeriod.Start). Without it a scan can miss a reader that missed the unlink.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Announce(ulong epoch)
    {
        DelayHook.Here(); // an old epoch announced late is allowed, and must be harmless
        Volatile.Write(ref _announced, epoch);
        AsymmetricFence.Light();
    }

    /// <summary>Fence C: release. The loads of the section are done before the slot says so. Matches fence D.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave(ulong previous)
    {
        DelayHook.Here();
        Volatile.Write(ref _announced, previous);
    }
}

/// <summary>The shared words of a domain, each group on lines of its own.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct DomainWords
{
    public const int Size = 512;

    // Read by every reader and producer, written once a grace period or more rarely.
    [FieldOffset(0)] public ulong Epoch;
    [FieldOffset(8)] public ulong Stealing;
    [FieldOffset(16)] public ulong Watched;

    /// <summary>Not zero from the high watermark until the low one is reached, and in a disposed domain (CapacityGate.cs).</summary>
    [FieldOffset(24)] public ulong Congested;

    // Grace periods: the last epoch behind which a process-wide barrier lies, and the last one that no reader precedes.
    [FieldOffset(128)] public ulong Fenced;
    [FieldOffset(136)] public ulong Completed;

    // Producers push chains here, one at a time the reclaimer takes them all.
    [FieldOffset(256)] public ulong Pushed;

    [FieldOffset(384)] public long PendingBytes;
    [FieldOffset(392)] public long PendingCount;
}

/// <summary>How much a list holds, in one word so that a defer changes one word: count in the upper 16 bits, bytes in the lower 48.</summary>
internal struct HeldTotal
{
    private const int CountShift = 48;

    public ulong Word;

    public readonly long Count => (long)(Word >> CountShift);

    public readonly long Bytes => (long)(Word & ((1UL << CountShift) - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong One(long bytes) => (1UL << CountShift) + (ulong)bytes;
}
