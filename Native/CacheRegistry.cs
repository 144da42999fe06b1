using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>
/// All caches of an allocator: finds the calling thread's, adopts those of threads that have ended, and sweeps them on demand.
/// </summary>
/// <remarks>
/// R1 a cache is owned by its thread while that is alive. When a thread asks for its first cache, a few others are looked at, and one
/// whose thread has ended is handed over with all that lies in it: any number of short threads keep few caches.
/// R2 a thread's pointer to the state it used last names a core of that thread's own list, which keeps its memory: the pointer is cleared before the list
/// loses anything, and both are the thread's alone.
/// </remarks>
internal sealed unsafe class CacheRegistry(PageAllocator allocator, bool bypassed)
{
    private const int DeadLooks = 16;

    [ThreadStatic]
    private static List<CacheCore>? t_all;

    private readonly ulong _ownerId = allocator.Id;

    /// <summary>Stands for everybody's cache where none is wanted: closed from the start.</summary>
    private readonly CacheCore? _bypass = bypassed ? new(allocator.Id, thread: null, CacheClaim.Closed) : null;

    private readonly SteadyLock _sync = new();
    private readonly SteadyLock _sweep = new();
    private readonly List<CacheCore> _cores = [];

    /// <summary>The sweep's own list, kept so that a refusal allocates nothing.</summary>
    private readonly List<CacheCore> _claimed = [];
    private uint _next;
    private bool _closed;

    /// <summary>The cache that the calling thread used last, if it is of this allocator, else <see cref="CacheState.Nobody"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CacheState* Recent(ulong ownerId) => RecentState.OwnerId == ownerId ? RecentState.Pointer : CacheState.Nobody;

    /// <summary>The calling thread's cache, found or made.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public CacheState* CurrentSlow()
    {
        List<CacheCore> all = t_all ??= [];
        foreach (CacheCore known in all)
        {
            if (known.OwnerId == _ownerId)
                return Remember(known);
        }
        RecentState.OwnerId = 0; // R2
        all.RemoveAll(static known => known.State->Claim == CacheClaim.Closed);
        CacheCore core = _bypass ?? Adopt(Thread.CurrentThread);
        all.Add(core);
        return Remember(core);
    }

    /// <summary>A cache that belongs to a handle and to no thread.</summary>
    public CacheCore Open()
    {
        using (_sync.Hold())
        {
            ObjectDisposedException.ThrowIf(_closed, allocator);
            if (_bypass != null)
                return _bypass;
            var core = new CacheCore(_ownerId, thread: null);
            _cores.Add(core);
            return core;
        }
    }

    /// <summary>What a visitor computes over all caches, racy but for each cache consistent enough for statistics.</summary>
    public long Sum(Func<CacheCore, long> value)
    {
        using (_sync.Hold())
            return _cores.Sum(value) + (_bypass == null ? 0 : value(_bypass));
    }

    /// <summary>
    /// Empties the caches that satisfy <paramref name="which"/>, and closes those of threads that have ended.
    /// A cache whose owner does not leave it within <paramref name="milliseconds"/> is left out (−1: wait).
    /// The caller is inside no cache. Returns how many were emptied.
    /// </summary>
    public int Sweep(Func<CacheCore, bool> which, Action<CacheCore> empty, int milliseconds)
    {
        using (_sweep.Hold())
        {
            using (_sync.Hold())
            {
                foreach (CacheCore core in _cores)
                {
                    if (which(core) && core.State->TryClaim(CacheClaim.Swept))
                        _claimed.Add(core);
                }
            }
            if (_claimed.Count == 0)
                return 0;

            int emptied = 0;
            try
            {
                FenceB();
                foreach (CacheCore core in _claimed)
                {
                    bool dead = core.Owner is { IsAlive: false };
                    if (core.State->AwaitOwner(milliseconds))
                    {
                        empty(core);
                        emptied++;
                        if (dead)
                            Remove(core);
                    }
                    if (core.State->Claim == CacheClaim.Swept)
                        core.State->EndClaim(CacheClaim.Open);
                }
                return emptied;
            }
            finally
            {
                foreach (CacheCore core in _claimed)
                {
                    if (core.State->Claim == CacheClaim.Swept)
                        core.State->EndClaim(CacheClaim.Open);
                }
                _claimed.Clear();
            }
        }
    }

    /// <summary>Empties one cache and closes it. The caller is its owner, or nobody is.</summary>
    public void Close(CacheCore core, Action<CacheCore> empty)
    {
        using (_sweep.Hold())
        {
            if (!core.State->TryClaim(CacheClaim.Swept))
                return;
            FenceB();
            core.State->AwaitOwner(-1);
            empty(core);
            Remove(core);
        }
    }

    /// <summary>Empties and closes all caches; no more will be made.</summary>
    public void CloseAll(Action<CacheCore> empty)
    {
        using (_sync.Hold())
            _closed = true;
        using (_sweep.Hold())
        {
            CacheCore[] all;
            using (_sync.Hold())
                all = [.. _cores];
            foreach (CacheCore core in all)
                core.State->TryClaim(CacheClaim.Swept);
            FenceB();
            foreach (CacheCore core in all)
            {
                core.State->AwaitOwner(-1);
                empty(core);
                Remove(core);
            }
        }
    }

    /// <summary>
    /// Fence B, matches A in <see cref="CacheState.TryEnter"/>: after it every owner's store of busy is visible, or his look at the claim
    /// is still to come.
    /// </summary>
    private static void FenceB()
    {
        if (Validation.LeftOut != LeftOut.SweepBarrier)
            Interlocked.MemoryBarrierProcessWide();
    }

    private void Remove(CacheCore core)
    {
        core.State->EndClaim(CacheClaim.Closed);
        // Who counts does so under the lock: the stacks go after the cache has left the list.
        using (_sync.Hold())
            _cores.Remove(core);
        core.State->FreeStacks();
    }

    private CacheCore Adopt(Thread thread)
    {
        using (_sync.Hold())
        {
            ObjectDisposedException.ThrowIf(_closed, allocator);
            for (int looks = Math.Min(DeadLooks, _cores.Count); looks > 0; looks--)
            {
                CacheCore candidate = _cores[(int)(_next++ % (uint)_cores.Count)];
                if (candidate.Owner is { IsAlive: false } && candidate.State->Claim == CacheClaim.Open)
                {
                    candidate.Owner = thread;
                    Interlocked.MemoryBarrier();
                    return candidate;
                }
            }
            var core = new CacheCore(_ownerId, thread);
            _cores.Add(core);
            return core;
        }
    }

    private static CacheState* Remember(CacheCore core)
    {
        RecentState.Pointer = core.State;
        RecentState.OwnerId = core.OwnerId;
        return core.State;
    }

    /// <summary>Words of the thread's, alone in their class: so the runtime keeps them beside the thread's own data, one load away.</summary>
    private static class RecentState
    {
        /// <summary>The allocator of the cache, 0 for none.</summary>
        [ThreadStatic]
        public static ulong OwnerId;

        [ThreadStatic]
        public static CacheState* Pointer;
    }
}
