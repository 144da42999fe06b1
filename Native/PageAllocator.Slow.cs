using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>What happens when a thread's cache is empty, full or claimed, and when something is wrong.</summary>
public sealed unsafe partial class PageAllocator
{
    /// <summary>Free pages of a kind that may lie in the depot; more go back to the chunks.</summary>
    private const int DepotPages = 16 * Depot.Capacity;

    /// <summary>The same for blocks of a size, in batches.</summary>
    private const int DepotBatches = 4;

    /// <summary>How long a request that would be refused waits for another thread to leave its own cache.</summary>
    private const int ReclaimPatience = 20;

    private Traffic _traffic;
    private int _disposed;

    /// <summary>A page, or null.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* AllocateSlow(CacheState* cache, bool zeroed)
    {
        if (cache == CacheState.Nobody)
            return zeroed ? TakePage(_registry.CurrentSlow()) : TakePageUninitialized(_registry.CurrentSlow());
        EnterSlow();
        try
        {
            byte* address = null;
            bool dirty = false;
            if (IsInjectedFailure()
                || (!TryAllocateCached(cache, zeroed, out address, out dirty)
                    && !TryTakeCharged(out address, out dirty)
                    && !(ReclaimCaches() && TryTakeCharged(out address, out dirty))))
            {
                SharedWord.Add(ref _traffic.Refusals, 1);
                return null;
            }
            if (zeroed && dirty)
                new Span<byte>(address, Page.Size).Clear();
            else if (zeroed && Validation.IsOn)
                Validation.AssertZero(address, Page.Size);
            if (zeroed)
                cache->CountHit(cleared: dirty);
            PageDescriptor.Of(address)->Tag = _liveTag;
            NoteOwner(address);
            return address;
        }
        finally
        {
            LeaveSlow();
        }
    }

    /// <summary>From the thread's other stack, the depot or the chunks, by way of the cache. False: nothing there, or no cache.</summary>
    private bool TryAllocateCached(CacheState* cache, bool zeroed, out byte* page, out bool dirty)
    {
        page = null;
        dirty = false;
        if (!CacheState.TryEnter(cache))
            return false;
        try
        {
            if (!cache->TryEnsure(CacheState.ZeroKind))
                return false;
            int wanted = zeroed ? CacheState.ZeroKind : CacheState.DirtyKind, other = CacheState.DirtyKind - wanted;
            // The fast path may have been turned away by a sweeper that then gave up, so the stack need not be empty.
            if (TryPopOrRefill(cache->Stack(wanted), wanted, out page))
            {
                dirty = !zeroed;
            }
            else if (TryPopOrRefill(cache->Stack(other), other, out page))
            {
                dirty = zeroed;
            }
            else if (TryRefillFromChunks(cache))
            {
                dirty = !zeroed;
                if (!CacheStack.TryPop(cache->Stack(wanted), out page))
                {
                    dirty = zeroed;
                    CacheStack.TryPop(cache->Stack(other), out page);
                }
            }
            return page != null;
        }
        finally
        {
            CacheState.Leave(cache);
        }
    }

    private bool TryPopOrRefill(CacheStack* stack, int kind, out byte* thing) =>
        CacheStack.TryPop(stack, out thing) || (stack->Refill(_depot, kind) && CacheStack.TryPop(stack, out thing));

    private bool TryRefillFromChunks(CacheState* cache)
    {
        int wanted = Math.Clamp(cache->RefillSize, 1, Math.Min(CacheState.Batch, _ledger.FairShare));
        cache->RefillSize = wanted * 2;
        int charged = _ledger.Charge(wanted);
        if (charged == 0)
            return false;
        if (!_heap.TryTake(charged, out PageRun run))
        {
            _ledger.Release(charged);
            return false;
        }
        _ledger.Release(charged - run.Count);
        _housekeeping.Note();
        // The last one pushed is the first one handed out, and it should be the lowest.
        Span<ulong> pages = stackalloc ulong[Depot.Capacity];
        Span<bool> dirty = stackalloc bool[Depot.Capacity];
        int count = 0;
        for (; run.Mask != 0; count++)
            pages[count] = (ulong)run.Next(out dirty[count]);
        while (--count >= 0)
            CacheStack.TryPush(cache->Stack(dirty[count] ? CacheState.DirtyKind : CacheState.ZeroKind), (byte*)pages[count]);
        return true;
    }

    /// <summary>One page past the caches.</summary>
    private bool TryTakeCharged(out byte* page, out bool dirty)
    {
        page = null;
        dirty = false;
        if (_ledger.Charge(1) == 0)
            return false;
        if (!_heap.TryTake(1, out PageRun run))
        {
            _ledger.Release(1);
            return false;
        }
        page = run.Next(out dirty);
        _housekeeping.Note();
        return true;
    }

    /// <summary>The stack is full: its older half moves on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeFull(CacheState* cache, byte* page, int kind)
    {
        EnterSlow();
        try
        {
            if (CacheState.TryEnter(cache))
            {
                try
                {
                    if (cache->TryEnsure(kind))
                    {
                        CacheStack* stack = cache->Stack(kind);
                        if (stack->IsFull)
                            MoveOn(stack, kind);
                        CacheStack.TryPush(stack, page);
                        return;
                    }
                }
                finally
                {
                    CacheState.Leave(cache);
                }
            }
            ReturnCharged([(ulong)page], zero: kind == CacheState.ZeroKind);
        }
        finally
        {
            LeaveSlow();
        }
    }

    /// <summary>A full stack's older half goes to the depot, or where it came from.</summary>
    private void MoveOn(CacheStack* stack, int kind)
    {
        Span<ulong> oldest = stack->AsSpan()[..stack->Batch];
        try
        {
            fixed (ulong* entries = oldest)
            {
                if (!_depot.TryPush(kind, entries, oldest.Length, kind < CacheState.BlockKinds ? DepotPages : DepotBatches * oldest.Length))
                    Return(oldest, kind);
            }
        }
        finally
        {
            stack->RemoveLowest(oldest.Length); // also when a double free comes to light: what has gone back is nobody's here
        }
    }

    private void ReturnCharged(ReadOnlySpan<ulong> pages, bool zero)
    {
        _heap.Return(pages, dirty: !zero);
        _ledger.Release(pages.Length);
        _housekeeping.Note();
    }

    /// <summary>A page that the fast path does not take: from the reserve, or a mistake.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlow(CacheState* cache, Page page, int kind)
    {
        if (cache == CacheState.Nobody)
        {
            PutPage(_registry.CurrentSlow(), page, kind);
            return;
        }
        bool zero = kind == CacheState.ZeroKind;
        EnterSlow();
        try
        {
            if (page.IsNull)
                throw new ArgumentException("The page is null.", nameof(page));
            if (!ChunkMap.Holds(page.Address))
                throw new ArgumentException($"The page {page} is from no allocator that exists.", nameof(page));
            PageDescriptor* descriptor = page.Descriptor;
            ulong tag = descriptor->Tag;
            if (tag >> 8 == Id && (tag & 0xff) is PageTag.Live or PageTag.LiveReserved && SharedWord.TryReplace(ref descriptor->Tag, tag, 0))
            {
                if (Validation.IsOn)
                    Validation.CheckFreed(page, zero);
                descriptor->ClearOwnerWords();
                ForgetOwner(page.Address);
                if ((tag & 0xff) == PageTag.LiveReserved)
                    _reserve.Return(page.Address, zero);
                else if (_quarantine != null)
                    FreeHardened(_quarantine, page);
                else
                    ReturnCharged([(ulong)page.Address], zero);
                return;
            }
            throw Misuse(page, SharedWord.Load(ref descriptor->Tag));
        }
        finally
        {
            LeaveSlow();
        }
    }

    private Exception Misuse(Page page, ulong tag)
    {
        if (tag == 0)
            return new InvalidOperationException($"The page {page} is free already.");
        if (tag >> 8 != Id)
            return new ArgumentException($"The page {page} is from another allocator.", nameof(page));
        return (tag & 0xff) is PageTag.Slab or PageTag.Mixed or PageTag.Wide
            ? new ArgumentException($"The page {page} is cut into blocks; free the blocks.", nameof(page))
            : new InvalidOperationException($"The page {page} is free already.");
    }

    private bool IsInjectedFailure() => _failEvery != 0 && SharedWord.Add(ref _traffic.Requests, 1) % _failEvery == 0;

    /// <summary>Dispose waits until nobody is in here.</summary>
    private void EnterSlow() => ObjectDisposedException.ThrowIf(!TryEnterSlow(), this);

    internal bool TryEnterSlow()
    {
        SharedWord.Add(ref _traffic.SlowUsers, 1);
        if (SharedWord.Load(ref _disposed) == 0)
            return true;
        LeaveSlow();
        return false;
    }

    internal void LeaveSlow() => SharedWord.Add(ref _traffic.SlowUsers, -1);

    /// <summary>What slow paths write, on a line of its own: the fast paths read the fields beside it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64 + 64 + 64)]
    private struct Traffic
    {
        [FieldOffset(64)] public long SlowUsers;
        [FieldOffset(72)] public long Requests;
        [FieldOffset(80)] public long Refusals;
    }
}
