using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>Blocks: the same caches, limits and checks as pages have, one stack for each size class.</summary>
/// <remarks>
/// A block has no header. Its descriptor tells its class; that it is free is told by its first word, which then holds its address
/// under a secret of the process. A live block holds that word with a chance of 2^-64.
/// </remarks>
public sealed unsafe partial class PageAllocator
{
    /// <summary>The largest block, in bytes; what is larger takes a page.</summary>
    public const int MaxBlockSize = SizeClasses.MaxSize;

    private static readonly ulong FreeMark = BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()) | 1;

    /// <summary>The bytes that a block of a size really has: the size of its class.</summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    public static int BlockSize(int size)
    {
        ThrowIfNoBlockSize(size);
        return SizeClasses.SizeOf(SizeClasses.ClassOf(size));
    }

    /// <summary>
    /// Takes a block, every byte of which is zero. Blocks of 64 bytes and more start on a cache line, smaller ones on 16 bytes. Constant time
    /// but for the clearing; lock-free while the thread's cache or the depot has one, otherwise a lock per batch.
    /// </summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocateBlock(int size, out byte* block) => (block = TakeBlock(Current(), size)) != null;

    /// <summary>Takes a block whose bytes are undefined; otherwise as <see cref="TryAllocateBlock(int, out byte*)"/>.</summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAllocateBlockUninitialized(int size, out byte* block) => (block = TakeBlockUninitialized(Current(), size)) != null;

    /// <summary>Gives a block back. Any thread may do so. Constant time.</summary>
    /// <param name="block">A block of this allocator.</param>
    /// <exception cref="ArgumentException">The address is not the start of a block of this allocator.</exception>
    /// <exception cref="InvalidOperationException">The block is free already. Two threads that free the same block at the very same time may escape this check.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FreeBlock(byte* block) => PutBlock(Current(), block);

    /// <summary>A zeroed block, or null.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal byte* TakeBlock(CacheState* cache, int size)
    {
        ThrowIfNoBlockSize(size);
        if (!CacheState.TryTake(cache, CacheState.StackOfSize(cache, size), out byte* block))
            return TakeBlockSlow(cache, size);
        new Span<byte>(block, SizeClasses.SizeOf(SizeClasses.ClassOf(size))).Clear();
        return block;
    }

    // These two are left to the compiler: inlined in a loop through a handle they take a fifth less, and where they are not, their slow ends are tail calls, which
    // the runtime makes from no method that says NoInlining, so they need no frame.

    /// <summary>A block, whatever is in it, or null.</summary>
    internal byte* TakeBlockUninitialized(CacheState* cache, int size)
    {
        ThrowIfNoBlockSize(size);
        if (!CacheState.TryTake(cache, CacheState.StackOfSize(cache, size), out byte* block))
            return TakeBlockUninitializedSlow(cache, size);
        Unmark(block, size);
        return block;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* TakeBlockSlow(CacheState* cache, int size)
    {
        if (cache == CacheState.Nobody)
            return TakeBlock(_registry.CurrentSlow(), size);
        int sizeClass = SizeClasses.ClassOf(size);
        byte* block = AllocateBlockSlow(cache, sizeClass);
        if (block != null)
            new Span<byte>(block, SizeClasses.SizeOf(sizeClass)).Clear();
        return block;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* TakeBlockUninitializedSlow(CacheState* cache, int size)
    {
        if (cache == CacheState.Nobody)
            return TakeBlockUninitialized(_registry.CurrentSlow(), size);
        byte* block = AllocateBlockSlow(cache, SizeClasses.ClassOf(size));
        if (block != null)
            Unmark(block, size);
        return block;
    }

    internal void PutBlock(CacheState* cache, byte* block)
    {
        int sizeClass = ClassOf(block);
        if (sizeClass < 0 || *(ulong*)block == MarkOf(block))
        {
            ThrowForBlock(block);
            return;
        }
        if (Validation.IsOn)
            Validation.Poison(block, SizeClasses.SizeOf(sizeClass));
        *(ulong*)block = MarkOf(block);
        if (!CacheState.TryPut(cache, CacheState.StackOfBlocks(cache, sizeClass), block))
            PutBlockSlow(cache, sizeClass, block);
    }

    /// <summary>The class of the block of this allocator that starts at an address, or a negative number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ClassOf(byte* address)
    {
        if (!ChunkMap.Holds(address))
            return -1;
        PageDescriptor* descriptor = PageDescriptor.Of(address);
        ulong tag = descriptor->Tag;
        if (tag == _mixedTag)
            return MixedPage.ClassAt((MixedPage*)descriptor, address);
        if (tag == _slabTag)
            return Slab.ClassAt((Slab*)descriptor, address);
        return tag == _wideTag ? MixedPage.WideClassAt(MixedPage.WideOf(descriptor), address) : -1;
    }

    /// <summary>A block that goes out uninitialised must not look like a free one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Unmark(byte* block, int size)
    {
        if (Validation.IsOn)
            Validation.Poison(block, BlockSize(size));
        else
            *(ulong*)block = 0;
    }

    /// <summary>
    /// Takes a zeroed block for compaction: past all caches, from the fullest slab that has room. Slower than <see cref="TryAllocateBlock(int, out byte*)"/>:
    /// it takes a lock.
    /// </summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool TryAllocateBlockDense(int size, out byte* block)
    {
        ThrowIfNoBlockSize(size);
        int sizeClass = SizeClasses.ClassOf(size);
        block = AllocateBlockDense(sizeClass);
        if (block == null)
            return false;
        new Span<byte>(block, SizeClasses.SizeOf(sizeClass)).Clear();
        return true;
    }

    /// <summary>
    /// A hint for whoever compacts: true if the block lies in a slab that is emptier than most of its size, while there is room in fuller ones.
    /// Copy such blocks into ones from <see cref="TryAllocateBlockDense"/> and free them; what remains after some rounds is nearly full.
    /// Constant time.
    /// </summary>
    /// <param name="block">A live block of this allocator.</param>
    /// <exception cref="ArgumentException">The address is not the start of a block of this allocator.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool IsSparse(byte* block)
    {
        int sizeClass = ClassOf(block);
        if (sizeClass < 0)
            ThrowForBlock(block);
        return SourceOf(sizeClass).IsSparse(block);
    }

    /// <summary>Where the blocks of a class come from: made when the first one is asked for.</summary>
    private BlockSource SourceOf(int sizeClass) => Volatile.Read(ref _sources[sizeClass]) ?? MakeSource(sizeClass);

    private BlockSource MakeSource(int sizeClass)
    {
        BlockSource fresh = SizeClasses.IsMixed(sizeClass) ? new MixedClass(_mixed, SizeClasses.SizeOf(sizeClass) / MixedPage.Granule)
            : SizeClasses.IsWide(sizeClass) ? new MixedClass(_wide, SizeClasses.SizeOf(sizeClass) / MixedPage.WideGranule)
            : new SlabClass(_heap, _ledger, _housekeeping, _slabTag, sizeClass);
        return Interlocked.CompareExchange(ref _sources[sizeClass], fresh, null) ?? fresh;
    }

    private static ulong MarkOf(byte* block) => (ulong)block ^ FreeMark;

    /// <summary>A block, or null.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* AllocateBlockSlow(CacheState* cache, int sizeClass)
    {
        EnterSlow();
        try
        {
            if (!IsInjectedFailure())
            {
                ulong one = 0;
                if (TryAllocateBlockCached(cache, sizeClass, out byte* block))
                    return block;
                if (SourceOf(sizeClass).Take(&one, 1) == 1 || (ReclaimCaches() && SourceOf(sizeClass).Take(&one, 1) == 1))
                {
                    NoteOwner((byte*)one);
                    return (byte*)one;
                }
            }
            SharedWord.Add(ref _traffic.Refusals, 1);
            return null;
        }
        finally
        {
            LeaveSlow();
        }
    }

    private byte* AllocateBlockDense(int sizeClass)
    {
        EnterSlow();
        try
        {
            byte* block = null;
            if (!IsInjectedFailure() && (block = SourceOf(sizeClass).TakeDense()) == null && ReclaimCaches())
                block = SourceOf(sizeClass).TakeDense();
            if (block != null)
                NoteOwner(block);
            else
                SharedWord.Add(ref _traffic.Refusals, 1);
            return block;
        }
        finally
        {
            LeaveSlow();
        }
    }

    private bool TryAllocateBlockCached(CacheState* cache, int sizeClass, out byte* block)
    {
        block = null;
        if (!CacheState.TryEnter(cache))
            return false;
        try
        {
            int kind = CacheState.BlockKinds + sizeClass;
            if (!cache->TryEnsure(kind))
                return false;
            CacheStack* stack = cache->Stack(kind);
            return TryPopOrRefill(stack, kind, out block) || (stack->Refill(SourceOf(sizeClass)) && CacheStack.TryPop(stack, out block));
        }
        finally
        {
            CacheState.Leave(cache);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PutBlockSlow(CacheState* cache, int sizeClass, byte* block)
    {
        if (cache == CacheState.Nobody)
        {
            cache = _registry.CurrentSlow();
            if (CacheState.TryPut(cache, CacheState.StackOfBlocks(cache, sizeClass), block))
                return;
        }
        EnterSlow();
        try
        {
            if (CacheState.TryEnter(cache))
            {
                try
                {
                    int kind = CacheState.BlockKinds + sizeClass;
                    if (cache->TryEnsure(kind))
                    {
                        CacheStack* stack = cache->Stack(kind);
                        if (stack->IsFull)
                            MoveOn(stack, kind);
                        CacheStack.TryPush(stack, block);
                        return;
                    }
                }
                finally
                {
                    CacheState.Leave(cache);
                }
            }
            ForgetOwner(block);
            if (_quarantine != null)
                FreeHardened(_quarantine, block, sizeClass);
            else
                SourceOf(sizeClass).Return([(ulong)block]);
        }
        finally
        {
            LeaveSlow();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowForBlock(byte* block)
    {
        EnterSlow();
        LeaveSlow();
        if (block == null)
            throw new ArgumentException("The block is null.", nameof(block));
        string address = $"0x{(nuint)block:x}";
        if (!ChunkMap.Holds(block))
            throw new ArgumentException($"The address {address} is from no allocator that exists.", nameof(block));
        ulong tag = PageDescriptor.Of(block)->Tag;
        if (tag == 0)
            throw new InvalidOperationException($"The block {address} is free already, and so is its page.");
        if (tag >> 8 != Id)
            throw new ArgumentException($"The block {address} is from another allocator.", nameof(block));
        if (tag != _slabTag && tag != _mixedTag && tag != _wideTag)
            throw new ArgumentException($"The address {address} is in a page that holds no blocks.", nameof(block));
        if (ClassOf(block) < 0)
            throw new ArgumentException($"The address {address} is not the start of a block.", nameof(block));
        throw new InvalidOperationException($"The block {address} is free already.");
    }

    private static void ThrowIfNoBlockSize(int size)
    {
        if ((uint)(size - 1) >= SizeClasses.MaxSize)
            ThrowBlockSize(size);
    }

    private static void ThrowBlockSize(int size) =>
        throw new ArgumentOutOfRangeException(nameof(size), size, "A block has 1 to 3072 bytes.");
}
