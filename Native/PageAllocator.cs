using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>
/// Gives out pages of 4 KiB and blocks of 16 to 3072 bytes of native memory.
/// </summary>
/// <remarks>
/// <para>Thread-safe; what one thread took another may free. Taking and freeing take constant time: each thread keeps a few pages and blocks,
/// which move between threads 32 at a time. No operation allocates managed memory. A refusal is <c>false</c>, never an exception,
/// and leaves everything usable.</para>
/// <para>From top to bottom: the thread's cache (<c>CacheState</c>, no fence), the depot (<c>Depot</c>, lock-free), the chunks
/// (<c>ChunkHeap</c>, lock-free) with the blocks on top of them (<c>MixedPages</c>, <c>SlabClass</c>, a lock per batch), the system (<c>PageSource</c>).</para>
/// </remarks>
public sealed unsafe partial class PageAllocator : IDisposable
{
    private static long s_ids;

    private readonly ulong _liveTag;
    private readonly ulong _slabTag;
    private readonly ulong _mixedTag;
    private readonly ulong _wideTag;
    private readonly ChunkHeap _heap;
    private readonly Ledger _ledger;
    private readonly PageReserve _reserve;
    private readonly Housekeeping _housekeeping;
    private readonly LeaseBook _leases = new();
    private readonly CacheRegistry _registry;
    private readonly Depot _depot = new(CacheState.Kinds);
    private readonly BlockSource?[] _sources = new BlockSource?[SizeClasses.Count];
    private readonly MixedPages _mixed;
    private readonly MixedPages _wide;
    private readonly Action<CacheCore> _empty;
    private readonly MemoryBudget? _budget;
    private readonly string? _name;
    private readonly int _failEvery;

    /// <summary>Makes an allocator. It takes nothing from the system until it is asked for something.</summary>
    /// <param name="options">How it behaves; null means the defaults. Later changes of the object have no effect.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is negative, or an enumeration value unknown.</exception>
    /// <exception cref="PlatformNotSupportedException">The process is not a 64-bit one.</exception>
    public PageAllocator(PageAllocatorOptions? options = null)
    {
        options ??= new();
        options.Validate();
        if (!Environment.Is64BitProcess)
            throw new PlatformNotSupportedException("Alloc needs a 64-bit process.");

        Id = (ulong)Interlocked.Increment(ref s_ids);
        _liveTag = PageTag.Of(Id, PageTag.Live);
        _slabTag = PageTag.Of(Id, PageTag.Slab);
        _mixedTag = PageTag.Of(Id, PageTag.Mixed);
        _wideTag = PageTag.Of(Id, PageTag.Wide);
        _budget = options.Budget;
        _name = options.Name;
        _failEvery = options.FailEvery;
        _heap = new(new(options.Source, recycles: (options.Hardening & Hardening.Guard) == 0, options.SystemRefuses), options.HugePages, options.ReportsMemoryPressure);
        _ledger = new(options.MaxBytes, _budget);
        _housekeeping = new(this, _heap, _ledger, options.HugePages, options.TrimsWhenIdle);
        _mixed = new(_heap, _ledger, _housekeeping, _mixedTag, wide: false);
        _wide = new(_heap, _ledger, _housekeeping, _wideTag, wide: true);
        _reserve = new(_heap);
        if ((options.Hardening & (Hardening.Poison | Hardening.Guard)) != 0)
            _quarantine = new(options.Hardening, options.QuarantineLength);
        if ((options.Hardening & Hardening.TrackOwners) != 0)
            _owners = new();
        _leakHandler = options.LeakHandler;
        _registry = new(this, BypassesCaches);
        _empty = EmptyCache;
        _budget?.Join(this);
    }

    /// <summary>The allocator of the process, without limits. It cannot be disposed.</summary>
    public static PageAllocator Shared { get; } = new(new() { Name = "shared" });

    internal ulong Id { get; }

    /// <summary>Takes a page, every byte of which is zero; so are the owner's words of its descriptor. Constant time, lock-free unless the system is asked for a new chunk.</summary>
    /// <param name="page">The page, or <c>default</c>.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocate(out Page page)
    {
        page = Page.FromExact(TakePage(Current()));
        return !page.IsNull;
    }

    /// <summary>Takes a page whose bytes are undefined; the owner's words of its descriptor are zero. Constant time, as <see cref="TryAllocate(out Page)"/>.</summary>
    /// <param name="page">The page, or <c>default</c>.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocateUninitialized(out Page page)
    {
        page = Page.FromExact(TakePageUninitialized(Current()));
        return !page.IsNull;
    }

    /// <summary>Gives a page back. Any thread may do so. Constant time.</summary>
    /// <param name="page">A page of this allocator.</param>
    /// <exception cref="ArgumentException">The page is null, or not from this allocator.</exception>
    /// <exception cref="InvalidOperationException">The page is free already. Two threads that free the same page at the very same time may escape this check, unless the allocator is hardened.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(Page page) => PutPage(Current(), page, CacheState.DirtyKind);

    /// <summary>
    /// Gives a page back of which the caller vouches that every byte is zero, so that nobody has to clear it again. Any thread may do so. Constant time.
    /// </summary>
    /// <param name="page">A page of this allocator.</param>
    /// <exception cref="ArgumentException">The page is null, or not from this allocator.</exception>
    /// <exception cref="InvalidOperationException">The page is free already; in validation mode also: a byte is not zero.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FreeZeroed(Page page) => PutPage(Current(), page, CacheState.ZeroKind);

    /// <summary>Makes sure that at least so many pages are set aside, outside every limit, for <see cref="TryAllocateReserved"/>.</summary>
    /// <param name="pages">How many; a smaller number than before changes nothing.</param>
    /// <returns>False if the system refuses; what it gave stays set aside.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pages"/> is negative.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool TryReserve(int pages)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pages);
        EnterSlow();
        try
        {
            return _reserve.TryGrow(pages);
        }
        finally
        {
            LeaveSlow();
        }
    }

    /// <summary>
    /// Takes a zeroed page for somebody who must not fail: the normal way, else from the reserve, else from the system outside every limit.
    /// Freeing such a page fills the reserve again.
    /// </summary>
    /// <param name="page">The page, or <c>default</c>.</param>
    /// <returns>False only if the reserve is empty and the system itself refuses.</returns>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool TryAllocateReserved(out Page page)
    {
        if (TryAllocate(out page))
            return true;
        EnterSlow();
        try
        {
            if (!_reserve.TryTake(out byte* address))
                return false;
            page = Page.FromAddress(address);
            page.Descriptor->Tag = PageTag.Of(Id, PageTag.LiveReserved);
            NoteOwner(address);
            return true;
        }
        finally
        {
            LeaveSlow();
        }
    }

    /// <summary>Makes a cache that the caller holds himself, for one thread at a time.</summary>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public PageCache CreateCache() => new(this, _registry.Open());

    internal void Close(CacheCore core)
    {
        if (!TryEnterSlow())
            return;
        try
        {
            _registry.Close(core, _empty);
        }
        finally
        {
            LeaveSlow();
        }
    }

    /// <summary>Keeps the allocator from being disposed until the lease ends.</summary>
    /// <param name="holder">Who holds it, for the message of the exception.</param>
    /// <returns>The lease; dispose it to end it.</returns>
    /// <exception cref="ArgumentException"><paramref name="holder"/> is null or empty.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public AllocatorLease Lease(string holder)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        return _leases.Add(holder, this);
    }

    /// <summary>The allocator's name, for reports.</summary>
    public override string ToString() => _name == null ? $"PageAllocator {Id}" : $"PageAllocator {Id} ({_name})";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CacheState* Current() => CacheRegistry.Recent(Id);

    /// <summary>A zeroed page, or null.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal byte* TakePage(CacheState* cache)
    {
        if (!CacheState.TryTake(cache, CacheState.StackOf(cache, CacheState.ZeroKind), out byte* page))
            return AllocateSlow(cache, zeroed: true);
        if (Validation.IsOn)
            Validation.AssertZero(page, Page.Size);
        cache->CountHit(cleared: false);
        PageDescriptor.Of(page)->Tag = _liveTag;
        return page;
    }

    /// <summary>A page, whatever is in it, or null.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal byte* TakePageUninitialized(CacheState* cache)
    {
        if (!CacheState.TryTake(cache, CacheState.StackOf(cache, CacheState.DirtyKind), out byte* page))
            return AllocateSlow(cache, zeroed: false);
        PageDescriptor.Of(page)->Tag = _liveTag;
        return page;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void PutPage(CacheState* cache, Page page, int kind)
    {
        byte* address = page.Address;
        PageDescriptor* descriptor = PageDescriptor.Of(address);
        if (!ChunkMap.Holds(address) || descriptor->Tag != _liveTag || !CacheState.TryEnter(cache))
        {
            FreeSlow(cache, page, kind);
            return;
        }
        if (Validation.IsOn)
            Validation.CheckFreed(page, zero: kind == CacheState.ZeroKind);
        descriptor->Tag = 0;
        descriptor->ClearOwnerWords();
        if (CacheStack.TryPush(CacheState.StackOf(cache, kind), address))
        {
            CacheState.Leave(cache);
            return;
        }
        CacheState.Leave(cache);
        FreeFull(cache, address, kind);
    }
}
