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
    private readonly PageAllocator _allocator;

    internal PageCache(PageAllocator allocator, CacheCore core)
    {
        _allocator = allocator;
        _core = core;
    }

    /// <summary>Gives back what lies in the cache. Pages and blocks that are out are not concerned.</summary>
    ~PageCache() => _allocator.Close(_core);

    /// <summary>Takes a zeroed page; see <see cref="PageAllocator.TryAllocate(out Page)"/>.</summary>
    /// <param name="page">The page, or <c>default</c>.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool TryAllocate(out Page page) => _allocator.TryAllocate(_core, out page);

    /// <summary>Takes a page whose bytes are undefined; see <see cref="PageAllocator.TryAllocateUninitialized(out Page)"/>.</summary>
    /// <param name="page">The page, or <c>default</c>.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool TryAllocateUninitialized(out Page page) => _allocator.TryAllocateUninitialized(_core, out page);

    /// <summary>Gives a page back; see <see cref="PageAllocator.Free(Page)"/>.</summary>
    /// <param name="page">A page of the allocator.</param>
    /// <exception cref="ArgumentException">The page is null, or not from the allocator.</exception>
    /// <exception cref="InvalidOperationException">The page is free already.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Free(Page page) => _allocator.Free(_core, page, zero: false);

    /// <summary>Gives a page back of which the caller vouches that it is zero; see <see cref="PageAllocator.FreeZeroed(Page)"/>.</summary>
    /// <param name="page">A page of the allocator.</param>
    /// <exception cref="ArgumentException">The page is null, or not from the allocator.</exception>
    /// <exception cref="InvalidOperationException">The page is free already.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void FreeZeroed(Page page) => _allocator.Free(_core, page, zero: true);

    /// <summary>Takes a zeroed block; see <see cref="PageAllocator.TryAllocateBlock(int, out byte*)"/>.</summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool TryAllocateBlock(int size, out byte* block) => _allocator.TryAllocateBlock(_core, size, zeroed: true, out block);

    /// <summary>Takes a block whose bytes are undefined; see <see cref="PageAllocator.TryAllocateBlockUninitialized(int, out byte*)"/>.</summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool TryAllocateBlockUninitialized(int size, out byte* block) => _allocator.TryAllocateBlock(_core, size, zeroed: false, out block);

    /// <summary>Gives a block back; see <see cref="PageAllocator.FreeBlock(byte*)"/>.</summary>
    /// <param name="block">A block of the allocator.</param>
    /// <exception cref="ArgumentException">The address is not the start of a block of the allocator.</exception>
    /// <exception cref="InvalidOperationException">The block is free already.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void FreeBlock(byte* block) => _allocator.FreeBlock(_core, block);

    /// <summary>Gives back what lies in the cache. It stays usable, but caches nothing any more. A second call does nothing.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _allocator.Close(_core);
    }
}
