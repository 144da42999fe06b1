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
/// What one thread keeps for itself: stacks of addresses, one for each kind, which only the owner touches, without a fence or a
/// locked instruction, and which others can nevertheless empty when memory runs short, on <c>Trim</c>, and when the owner has died.
/// It lies in memory that does not move, so that a thread finds it by one pointer; <see cref="CacheCore"/> keeps that memory.
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
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct CacheState
{
    public const int ZeroKind = 0, DirtyKind = 1, BlockKinds = 2, Kinds = BlockKinds + SizeClasses.Count;

    public const int Size = Header + (Kinds * CacheStack.Size);

    /// <summary>Entries that move at once: a magazine, or a few in validation mode, so that the slow paths are met often.</summary>
    public static readonly int Batch = Validation.IsOn ? 3 : Depot.Capacity;

    private const int Header = 64;

    [FieldOffset(0)] private int _busy;
    [FieldOffset(4)] private int _claim;

    /// <summary>The id of the allocator.</summary>
    [FieldOffset(8)] public ulong OwnerId;
    [FieldOffset(16)] private long _zeroedHits;
    [FieldOffset(24)] private long _clearedHits;

    /// <summary>How many pages the next refill takes: it doubles, so that a thread that wants one page gets few.</summary>
    [FieldOffset(32)] public int RefillSize;

    [FieldOffset(40)] private ulong* _pageEntries;
    [FieldOffset(48)] private ulong* _blockEntries;

    // The stacks follow.

    /// <summary>Stands for the cache of a thread that has none yet: closed, so that its owner goes around it, to where he gets one.</summary>
    public static readonly CacheState* Nobody = MakeNobody();

    public readonly CacheClaim Claim => (CacheClaim)SharedWord.Load(in _claim);

    public readonly long ZeroedHits => SharedWord.Load(in _zeroedHits);

    public readonly long ClearedHits => SharedWord.Load(in _clearedHits);

    /// <summary>The stack of a kind. The state lies in pinned memory.</summary>
    public CacheStack* Stack(int kind) => StackOf((CacheState*)Unsafe.AsPointer(ref this), kind);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CacheStack* StackOf(CacheState* cache, int kind) => (CacheStack*)((byte*)cache + Header + ((nuint)(uint)kind * CacheStack.Size));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CacheStack* StackOfBlocks(CacheState* cache, int sizeClass) =>
        (CacheStack*)((byte*)cache + Header + (BlockKinds * CacheStack.Size) + ((nuint)(uint)sizeClass * CacheStack.Size));

    /// <summary>The stack of the blocks that a size takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CacheStack* StackOfSize(CacheState* cache, int size) =>
        (CacheStack*)((byte*)cache + Header + (BlockKinds * CacheStack.Size) + SizeClasses.ScaledClassOf(size));

    /// <summary>How much lies in a stack, for anybody: racy, but never nonsense.</summary>
    public int CountOf(int kind) => Stack(kind)->Count;

    public int PageCount => CountOf(ZeroKind) + CountOf(DirtyKind);

    /// <summary>Starts the state, in zeroed memory.</summary>
    public void Open(ulong ownerId, CacheClaim claim)
    {
        OwnerId = ownerId;
        _claim = (int)claim;
        CloseStacks();
    }

    /// <summary>G1. True: the stacks are the caller's until <see cref="Leave"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEnter(CacheState* cache)
    {
        if (Validation.LeftOut == LeftOut.SweepBarrier)
            return cache->EnterWithLateStore();
        SharedWord.Store(&cache->_busy, 1); // fence A, matches B in CacheRegistry.FenceB
        if (SharedWord.Load(&cache->_claim) == (int)CacheClaim.Open)
            return true;
        SharedWord.Store(&cache->_busy, 0);
        return false;
    }

    /// <summary>Negative control: what a processor may make of <see cref="TryEnter"/> when nobody sends a barrier, the store after the load.</summary>
    private bool EnterWithLateStore()
    {
        bool open = SharedWord.Load(ref _claim) == (int)CacheClaim.Open;
        SharedWord.Store(ref _busy, open ? 1 : 0);
        return open;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Leave(CacheState* cache) => SharedWord.Store(&cache->_busy, 0); // fence C, matches D in AwaitOwner

    /// <summary>Enters, takes the newest thing of a stack, leaves. False: claimed, or nothing there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryTake(CacheState* cache, CacheStack* stack, out byte* thing)
    {
        thing = null;
        if (!TryEnter(cache))
            return false;
        // Each way leaves by itself: with one end for both, the compiler would have to look again at what happened.
        if (!CacheStack.TryPop(stack, out thing))
        {
            Leave(cache);
            return false;
        }
        Leave(cache);
        return true;
    }

    /// <summary>Enters, puts a thing on a stack, leaves. False: claimed, or no room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPut(CacheState* cache, CacheStack* stack, byte* thing)
    {
        if (!TryEnter(cache))
            return false;
        if (!CacheStack.TryPush(stack, thing))
        {
            Leave(cache);
            return false;
        }
        Leave(cache);
        return true;
    }

    /// <summary>G2, first half. False: already claimed or closed.</summary>
    public bool TryClaim(CacheClaim claim) =>
        SharedWord.TryReplace(ref _claim, (int)CacheClaim.Open, (int)claim);

    /// <summary>G2, after the process-wide barrier. False: the owner was inside all the time.</summary>
    public bool AwaitOwner(int milliseconds)
    {
        long end = Environment.TickCount64 + milliseconds;
        for (int round = 0; SharedWord.Load(ref _busy) != 0; round++) // fence D, matches C in Leave
        {
            if (milliseconds >= 0 && Environment.TickCount64 > end)
                return false;
            if (round < 10)
                Thread.SpinWait(10 << round);
            else if (round < 50)
                Thread.Yield();
            else
                SteadyLock.Pause();
        }
        return true;
    }

    public void EndClaim(CacheClaim next) => SharedWord.Store(ref _claim, (int)next); // fence E, matches the look of TryEnter

    /// <summary>Counts a zeroed page that was handed out. The owner's own figures, so he need not be inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountHit(bool cleared)
    {
        if (cleared)
            _clearedHits++;
        else
            _zeroedHits++;
    }

    /// <summary>Gives the stack of a kind room, and those of its like, once. False: no memory, then the owner works without a cache.</summary>
    public bool TryEnsure(int kind) => kind < BlockKinds ? TryEnsurePages() : TryEnsureBlocks();

    /// <summary>Frees the stacks, which are empty. The cache is closed.</summary>
    public void FreeStacks()
    {
        CloseStacks();
        NativeMemory.AlignedFree(_pageEntries);
        NativeMemory.AlignedFree(_blockEntries);
        _pageEntries = null;
        _blockEntries = null;
    }

    // Two batches a stack, so that a thread at the edge does not move one with every call.
    private bool TryEnsurePages()
    {
        if (_pageEntries != null)
            return true;
        const int stacks = BlockKinds;
        int words = CacheStack.WordsFor(2 * Batch);
        _pageEntries = (ulong*)PageSource.TryAlignedAllocZeroed((nuint)(stacks * words * sizeof(ulong)), 64);
        if (_pageEntries == null)
            return false;
        for (int kind = 0; kind < stacks; kind++)
            Stack(kind)->Open(_pageEntries + (kind * words), 2 * Batch);
        return true;
    }

    private bool TryEnsureBlocks()
    {
        if (_blockEntries != null)
            return true;
        int words = 0;
        for (int c = 0; c < SizeClasses.Count; c++)
            words += CacheStack.WordsFor(2 * BatchOf(c));
        var next = (ulong*)PageSource.TryAlignedAllocZeroed((nuint)(words * sizeof(ulong)), 64);
        _blockEntries = next;
        if (next == null)
            return false;
        for (int c = 0; c < SizeClasses.Count; c++)
        {
            Stack(BlockKinds + c)->Open(next, 2 * BatchOf(c));
            next += CacheStack.WordsFor(2 * BatchOf(c));
        }
        return true;
    }

    private void CloseStacks()
    {
        for (int kind = 0; kind < Kinds; kind++)
            Stack(kind)->Close();
    }

    private static CacheState* MakeNobody()
    {
        var nobody = (CacheState*)NativeMemory.AlignedAlloc((Size + 63) / 64 * 64, 64);
        *nobody = default;
        nobody->Open(ownerId: 0, CacheClaim.Closed);
        return nobody;
    }

    private static int BatchOf(int sizeClass) => Math.Min(SizeClasses.BatchOf(sizeClass), Batch);
}
