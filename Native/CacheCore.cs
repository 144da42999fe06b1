namespace Alloc.Native;

/// <summary>
/// The managed side of a thread's cache: whose it is, and the pinned memory in which its <see cref="CacheState"/> lies. Whoever uses
/// the state's pointer keeps this reachable: a thread by the list of its caches (R2 of <see cref="CacheRegistry"/>), a handle by itself.
/// </summary>
internal sealed unsafe class CacheCore
{
    private const int Line = 64;

    // A line of its own on either side, so that neighbours on the managed heap do not share the state's.
    private readonly byte[] _memory = GC.AllocateArray<byte>(CacheState.Size + (3 * Line), pinned: true);

    public CacheCore(ulong ownerId, Thread? thread, CacheClaim claim = CacheClaim.Open)
    {
        OwnerId = ownerId;
        Owner = thread;
        fixed (byte* memory = _memory)
            State = (CacheState*)(((nuint)memory + (2 * Line) - 1) & ~(nuint)(Line - 1));
        State->Open(ownerId, claim);
    }

    /// <summary>The id of the allocator. The core does not keep the allocator itself alive: threads keep cores.</summary>
    public ulong OwnerId { get; }

    /// <summary>The thread that owns the cache, or null for an explicit handle.</summary>
    public Thread? Owner { get; set; }

    public CacheState* State { get; }
}
