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
        int sizeClass = SizeClasses.ClassOf(size);
        byte* block = TakeBlockOf(cache, sizeClass);
        if (block != null)
            new Span<byte>(block, SizeClasses.SizeOf(sizeClass)).Clear();
        return block;
    }

    /// <summary>A block, whatever is in it, or null.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal byte* TakeBlockUninitialized(CacheState* cache, int size)
    {
        ThrowIfNoBlockSize(size);
        int sizeClass = SizeClasses.ClassOf(size);
        byte* block = TakeBlockOf(cache, sizeClass);
        if (block == null)
            return null;
        if (Validation.IsOn)
            Validation.Poison(block, SizeClasses.SizeOf(sizeClass));
        else
            *(ulong*)block = 0; // no longer the mark of a free one
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* TakeBlockOf(CacheState* cache, int sizeClass)
    {
        if (CacheState.TryEnter(cache))
        {
            byte* block = CacheStack.Pop(CacheState.StackOfBlocks(cache, sizeClass));
            CacheState.Leave(cache);
            if (block != null)
                return block;
        }
        return AllocateBlockSlow(cache, sizeClass);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void PutBlock(CacheState* cache, byte* block)
    {
        int sizeClass = LiveClassOf(block);
        if (sizeClass < 0 || *(ulong*)block == MarkOf(block))
        {
            ThrowForBlock(block);
            return;
        }
        if (Validation.IsOn)
            Validation.Poison(block, SizeClasses.SizeOf(sizeClass));
        *(ulong*)block = MarkOf(block);
        if (CacheState.TryEnter(cache))
        {
            bool pushed = CacheStack.TryPush(CacheState.StackOfBlocks(cache, sizeClass), block);
            CacheState.Leave(cache);
            if (pushed)
                return;
        }
        FreeBlockFull(cache, sizeClass, block);
    }

    /// <summary>The class of a block of this allocator by its address, or a negative number: no such block starts there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int LiveClassOf(byte* block)
    {
        if (ChunkMap.Find(block) == null)
            return -1;
        PageDescriptor* descriptor = PageDescriptor.Of(block);
        if (descriptor->Tag == _mixedTag)
        {
            var page = (MixedPage*)descriptor;
            int granules = MixedPage.GranulesOf(page, block);
            return granules <= MixedPage.MaxGranules && MixedPage.IsStart(page, block) ? SizeClasses.BeforeMixed + granules : -1;
        }
        if (descriptor->Tag == _slabTag)
        {
            var part = (Slab*)descriptor;
            return Slab.IsBlock(part, block) ? part->Class : -1;
        }
        if (descriptor->Tag == _wideTag)
        {
            MixedPage* page = MixedPage.WideOf(descriptor);
            int granules = MixedPage.GranulesOf(page, block, MixedPage.WideBits);
            return granules <= MixedPage.MaxWideGranules && MixedPage.IsStart(page, block, MixedPage.WideBits) ? SizeClasses.OfWide(granules) : -1;
        }
        return -1;
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
        int sizeClass = LiveClassOf(block);
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
            block = PopOrRefill(stack, kind);
            if (block == null && stack->Refill(SourceOf(sizeClass)))
                block = CacheStack.Pop(stack);
            return block != null;
        }
        finally
        {
            CacheState.Leave(cache);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeBlockFull(CacheState* cache, int sizeClass, byte* block)
    {
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
        if (ChunkMap.Find(block) == null)
            throw new ArgumentException($"The address {address} is from no allocator that exists.", nameof(block));
        ulong tag = PageDescriptor.Of(block)->Tag;
        if (tag == 0)
            throw new InvalidOperationException($"The block {address} is free already, and so is its page.");
        if (tag >> 8 != Id)
            throw new ArgumentException($"The block {address} is from another allocator.", nameof(block));
        if (tag != _slabTag && tag != _mixedTag && tag != _wideTag)
            throw new ArgumentException($"The address {address} is in a page that holds no blocks.", nameof(block));
        if (LiveClassOf(block) < 0)
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
