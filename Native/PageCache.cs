using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>
/// A cache of pages and blocks in the hands of the caller, for loops that cannot afford to look up their thread's.
/// </summary>
/// <remarks>
/// For one thread at a time. What it takes may be freed anywhere, and it frees what was taken anywhere. Disposing it, or letting the garbage
/// collector find it, gives back what lies in it, not what was taken through it.
/// </remarks>
public sealed unsafe class PageCache : IDisposable
{
    private readonly CacheCore _core;
    private readonly CacheState* _state;
    private readonly PageAllocator _allocator;

    internal PageCache(PageAllocator allocator, CacheCore core)
    {
        _allocator = allocator;
        _core = core;
        _state = core.State;
    }

    /// <summary>Gives back what lies in the cache. Pages and blocks that are out are not concerned.</summary>
    ~PageCache() => _allocator.Close(_core);

    /// <summary>Takes a zeroed page; see <see cref="PageAllocator.TryAllocate(out Page)"/>.</summary>
    /// <param name="page">The page, or <c>default</c>.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocate(out Page page)
    {
        page = Page.FromExact(_allocator.TakePage(_state));
        GC.KeepAlive(this); // the state's memory is this handle's
        return !page.IsNull;
    }

    /// <summary>Takes a page whose bytes are undefined; see <see cref="PageAllocator.TryAllocateUninitialized(out Page)"/>.</summary>
    /// <param name="page">The page, or <c>default</c>.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocateUninitialized(out Page page)
    {
        page = Page.FromExact(_allocator.TakePageUninitialized(_state));
        GC.KeepAlive(this); // the state's memory is this handle's
        return !page.IsNull;
    }

    /// <summary>Gives a page back; see <see cref="PageAllocator.Free(Page)"/>.</summary>
    /// <param name="page">A page of the allocator.</param>
    /// <exception cref="ArgumentException">The page is null, or not from the allocator.</exception>
    /// <exception cref="InvalidOperationException">The page is free already.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(Page page)
    {
        _allocator.PutPage(_state, page, CacheState.DirtyKind);
        GC.KeepAlive(this);
    }

    /// <summary>Gives a page back of which the caller vouches that it is zero; see <see cref="PageAllocator.FreeZeroed(Page)"/>.</summary>
    /// <param name="page">A page of the allocator.</param>
    /// <exception cref="ArgumentException">The page is null, or not from the allocator.</exception>
    /// <exception cref="InvalidOperationException">The page is free already.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FreeZeroed(Page page)
    {
        _allocator.PutPage(_state, page, CacheState.ZeroKind);
        GC.KeepAlive(this);
    }

    /// <summary>Takes a zeroed block; see <see cref="PageAllocator.TryAllocateBlock(int, out byte*)"/>.</summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocateBlock(int size, out byte* block)
    {
        block = _allocator.TakeBlock(_state, size);
        GC.KeepAlive(this);
        return block != null;
    }

    /// <summary>Takes a block whose bytes are undefined; see <see cref="PageAllocator.TryAllocateBlockUninitialized(int, out byte*)"/>.</summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocateBlockUninitialized(int size, out byte* block)
    {
        block = _allocator.TakeBlockUninitialized(_state, size);
        GC.KeepAlive(this);
        return block != null;
    }

    /// <summary>Gives a block back; see <see cref="PageAllocator.FreeBlock(byte*)"/>.</summary>
    /// <param name="block">A block of the allocator.</param>
    /// <exception cref="ArgumentException">The address is not the start of a block of the allocator.</exception>
    /// <exception cref="InvalidOperationException">The block is free already.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FreeBlock(byte* block)
    {
        _allocator.PutBlock(_state, block);
        GC.KeepAlive(this);
    }

    /// <summary>Gives back what lies in the cache. It stays usable, but caches nothing any more. A second call does nothing.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _allocator.Close(_core);
    }
}
