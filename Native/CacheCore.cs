using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>How far a cache is open to its owner.</summary>
internal enum CacheClaim
{
    Open = 0,

    /// <summary>A sweeper empties it; the owner goes around it meanwhile.</summary>
    Swept = 1,

    /// <summary>Empty for good: its thread ended, its handle or its allocator was disposed.</summary>
    Closed = 2,
}

/// <summary>
/// What one thread keeps for itself: stacks of addresses, which only the owner touches, without a fence or a locked instruction,
/// and which others can nevertheless empty when memory runs short, on <c>Trim</c>, and when the owner has died.
/// </summary>
/// <remarks>
/// Guarantee: the stacks are touched by one thread at a time. Progress: the owner never waits (when the cache is claimed
/// he goes around it); a sweeper waits for the few instructions, at most a refill, in which the owner is inside.
/// Argument (Dekker with an asymmetric fence, as in membarrier's and RCU's use):
/// G1 owner:   busy := 1 (A); claim? (A'); stacks; busy := 0, a release store (C)
/// G2 sweeper: claim := 1; process-wide barrier (B); wait until busy = 0, an acquire load (D); stacks; claim := 0, release (E)
/// A–B: without the barrier the owner's store of busy may still sit in his store buffer when the sweeper looks, and both are in.
/// With it, either the owner's store is visible to the look, or his look at claim comes after the barrier and sees the claim.
/// C–D: a sweeper that sees busy = 0 sees what the owner left. E–A': an owner who sees claim = 0 sees what the sweeper left.
/// The .NET memory model lets a volatile load pass an earlier volatile store, so it promises no order of A and A'. Today's JIT and NativeAOT
/// move no volatile access over another, the test suite looks at the generated code, and the processor's part is what B is for.
/// </remarks>
internal sealed unsafe class CacheCore(ulong ownerId, Thread? thread, CacheClaim claim = CacheClaim.Open)
{
    /// <summary>Entries that move at once: a magazine, or a few in validation mode, so that the slow paths are met often.</summary>
    public static readonly int Batch = Validation.IsOn ? 3 : Depot.Capacity;

    /// <summary>Entries of a stack: two batches, so that a thread at the edge does not move one with every call.</summary>
    public static readonly int Capacity = 2 * Batch;

    private const int StackSize = 2 * Depot.Capacity * sizeof(ulong);

    /// <summary>The id of the allocator. The core does not keep the allocator itself alive: thread statics refer to it.</summary>
    public readonly ulong OwnerId = ownerId;

    /// <summary>The thread that owns the cache, or null for an explicit handle.</summary>
    public Thread? Owner = thread;

    private Hot _hot = new() { Claim = (int)claim };

    public CacheClaim Claim => (CacheClaim)SharedWord.Load(ref _hot.Claim);

    public long ZeroedHits => SharedWord.Load(ref _hot.ZeroedHits);

    public long ClearedHits => SharedWord.Load(ref _hot.ClearedHits);

    public int PageCount => Volatile.Read(ref _hot.ZeroCount) + Volatile.Read(ref _hot.DirtyCount);

    /// <summary>How many pages the next refill takes: it doubles, so that a thread that wants one page gets few.</summary>
    public ref int RefillSize => ref _hot.RefillSize;

    public BlockStack* Blocks => _hot.Blocks;

    /// <summary>G1. True: the stacks are the caller's until <see cref="Leave"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter()
    {
        if (Validation.LeftOut == LeftOut.SweepBarrier)
            return EnterWithLateStore();
        SharedWord.Store(ref _hot.Busy, 1); // fence A, matches B in CacheRegistry.FenceB
        if (SharedWord.Load(ref _hot.Claim) == (int)CacheClaim.Open)
            return true;
        SharedWord.Store(ref _hot.Busy, 0);
        return false;
    }

    /// <summary>Negative control: what a processor may make of <see cref="TryEnter"/> when nobody sends a barrier, the store after the load.</summary>
    private bool EnterWithLateStore()
    {
        bool open = SharedWord.Load(ref _hot.Claim) == (int)CacheClaim.Open;
        SharedWord.Store(ref _hot.Busy, open ? 1 : 0);
        return open;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave() => SharedWord.Store(ref _hot.Busy, 0); // fence C, matches D in AwaitOwner

    /// <summary>G2, first half. False: already claimed or closed.</summary>
    public bool TryClaim(CacheClaim claim) =>
        SharedWord.TryReplace(ref _hot.Claim, (int)CacheClaim.Open, (int)claim);

    /// <summary>G2, after the process-wide barrier. False: the owner was inside all the time.</summary>
    public bool AwaitOwner(int milliseconds)
    {
        SpinWait spin = default;
        long end = Environment.TickCount64 + milliseconds;
        while (SharedWord.Load(ref _hot.Busy) != 0) // fence D, matches C in Leave
        {
            if (milliseconds >= 0 && Environment.TickCount64 > end)
                return false;
            spin.SpinOnce();
        }
        return true;
    }

    public void EndClaim(CacheClaim next) => SharedWord.Store(ref _hot.Claim, (int)next); // fence E, matches the look of TryEnter

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPopZero(out byte* page)
    {
        int count = _hot.ZeroCount;
        if (count == 0)
        {
            page = null;
            return false;
        }
        page = (byte*)_hot.Zero[--count];
        _hot.ZeroCount = count;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPopDirty(out byte* page)
    {
        int count = _hot.DirtyCount;
        if (count == 0)
        {
            page = null;
            return false;
        }
        page = (byte*)_hot.Dirty[--count];
        _hot.DirtyCount = count;
        return true;
    }

    /// <summary>Counts a zeroed page that was handed out. The owner's own figures, so he need not be inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountHit(bool cleared)
    {
        if (cleared)
            _hot.ClearedHits++;
        else
            _hot.ZeroedHits++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPush(byte* page, bool zero)
    {
        if (zero)
        {
            int count = _hot.ZeroCount;
            if (count == _hot.Limit)
                return false;
            _hot.Zero[count] = (ulong)page;
            _hot.ZeroCount = count + 1;
        }
        else
        {
            int count = _hot.DirtyCount;
            if (count == _hot.Limit)
                return false;
            _hot.Dirty[count] = (ulong)page;
            _hot.DirtyCount = count + 1;
        }
        return true;
    }

    /// <summary>Makes the stacks, once. False: no memory, then the owner works without a cache.</summary>
    public bool TryEnsurePages()
    {
        if (_hot.Zero != null)
            return true;
        _hot.Zero = (ulong*)PageSource.TryAlignedAllocZeroed(2 * StackSize, 64);
        if (_hot.Zero == null)
            return false;
        _hot.Dirty = _hot.Zero + (StackSize / sizeof(ulong));
        _hot.Limit = Capacity;
        return true;
    }

    public bool TryEnsureBlocks()
    {
        if (_hot.Blocks == null)
            _hot.Blocks = BlockStack.TryMakeAll();
        return _hot.Blocks != null;
    }

    /// <summary>Takes a magazine out of the depot. The stack is empty. False: there is none.</summary>
    public bool Refill(Depot depot, int kind, bool zero)
    {
        if (Validation.IsOn)
            Validation.Assert((zero ? _hot.ZeroCount : _hot.DirtyCount) == 0, "a refill found entries");
        int count = depot.Pop(kind, zero ? _hot.Zero : _hot.Dirty);
        (zero ? ref _hot.ZeroCount : ref _hot.DirtyCount) = count;
        return count > 0;
    }

    /// <summary>The entries of a stack, for whoever is inside or has claimed.</summary>
    public Span<ulong> Entries(bool zero) =>
        zero ? new(_hot.Zero, _hot.ZeroCount) : new(_hot.Dirty, _hot.DirtyCount);

    /// <summary>Drops the lowest (longest unused) entries of a stack.</summary>
    public void RemoveLowest(bool zero, int count)
    {
        Span<ulong> entries = Entries(zero);
        entries[count..].CopyTo(entries);
        (zero ? ref _hot.ZeroCount : ref _hot.DirtyCount) -= count;
    }

    /// <summary>Frees the stacks, which are empty. The core is closed.</summary>
    public void FreeStacks()
    {
        NativeMemory.AlignedFree(_hot.Zero);
        NativeMemory.AlignedFree(_hot.Blocks);
        _hot.Zero = null;
        _hot.Dirty = null;
        _hot.Blocks = null;
        _hot.Limit = 0;
    }

    /// <summary>A line of its own on either side, so that neighbours on the managed heap do not share it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64 + 128 + 64)]
    private struct Hot
    {
        [FieldOffset(64)] public int Busy;
        [FieldOffset(68)] public int Claim;
        [FieldOffset(72)] public int ZeroCount;
        [FieldOffset(76)] public int DirtyCount;
        [FieldOffset(80)] public ulong* Zero;
        [FieldOffset(88)] public ulong* Dirty;
        [FieldOffset(96)] public int Limit;
        [FieldOffset(100)] public int RefillSize;
        [FieldOffset(104)] public BlockStack* Blocks;
        [FieldOffset(112)] public long ZeroedHits;
        [FieldOffset(120)] public long ClearedHits;
    }
}
