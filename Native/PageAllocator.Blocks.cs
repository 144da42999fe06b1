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
    public bool TryAllocateBlock(int size, out byte* block) => TryAllocateBlock(Current(), size, zeroed: true, out block);

    /// <summary>Takes a block whose bytes are undefined; otherwise as <see cref="TryAllocateBlock(int, out byte*)"/>.</summary>
    /// <param name="size">1 to 3072 bytes.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>False if a limit or the system refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of that range.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public bool TryAllocateBlockUninitialized(int size, out byte* block) => TryAllocateBlock(Current(), size, zeroed: false, out block);

    /// <summary>Gives a block back. Any thread may do so. Constant time.</summary>
    /// <param name="block">A block of this allocator.</param>
    /// <exception cref="ArgumentException">The address is not the start of a block of this allocator.</exception>
    /// <exception cref="InvalidOperationException">The block is free already. Two threads that free the same block at the very same time may escape this check.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void FreeBlock(byte* block) => FreeBlock(Current(), block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryAllocateBlock(CacheCore core, int size, bool zeroed, out byte* block)
    {
        ThrowIfNoBlockSize(size);
        int sizeClass = SizeClasses.ClassOf(size);
        block = null;
        if (core.TryEnter())
        {
            BlockStack* stacks = core.Blocks;
            if (stacks != null && stacks[sizeClass].Count > 0)
                block = (byte*)stacks[sizeClass].Entries[--stacks[sizeClass].Count];
            core.Leave();
        }
        if (block == null && !TryAllocateBlockSlow(core, sizeClass, out block))
            return false;
        if (zeroed)
            new Span<byte>(block, SizeClasses.SizeOf(sizeClass)).Clear();
        else if (Validation.IsOn)
            Validation.Poison(block, SizeClasses.SizeOf(sizeClass));
        else
            *(ulong*)block = 0;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void FreeBlock(CacheCore core, byte* block)
    {
        var part = (Slab*)PageDescriptor.Of(block);
        if (ChunkMap.Find(block) != null && part->Tag == _slabTag)
        {
            int sizeClass = part->Class;
            if (Slab.IsBlock(part, block) && *(ulong*)block != MarkOf(block))
            {
                if (Validation.IsOn)
                    Validation.Poison(block, SizeClasses.SizeOf(sizeClass));
                *(ulong*)block = MarkOf(block);
                bool pushed = false;
                if (core.TryEnter())
                {
                    BlockStack* stacks = core.Blocks;
                    if (stacks != null && stacks[sizeClass].Count < stacks[sizeClass].Limit)
                    {
                        stacks[sizeClass].Entries[stacks[sizeClass].Count++] = (ulong)block;
                        pushed = true;
                    }
                    core.Leave();
                }
                if (!pushed)
                    FreeBlockFull(core, sizeClass, block);
                return;
            }
        }
        ThrowForBlock(block);
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
        if (!TryAllocateBlockSlow(core: null, sizeClass, out block))
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
        var part = (Slab*)PageDescriptor.Of(block);
        if (ChunkMap.Find(block) == null || part->Tag != _slabTag || !Slab.IsBlock(part, block))
            ThrowForBlock(block);
        return SlabsOf(part->Class).IsSparse(Slab.Of(block));
    }

    /// <summary>The slabs of a class: made when the first block of it is asked for.</summary>
    private SlabClass SlabsOf(int sizeClass) => Volatile.Read(ref _slabs[sizeClass]) ?? MakeSlabs(sizeClass);

    private SlabClass MakeSlabs(int sizeClass)
    {
        var fresh = new SlabClass(_heap, _ledger, _housekeeping, _slabTag, sizeClass);
        return Interlocked.CompareExchange(ref _slabs[sizeClass], fresh, null) ?? fresh;
    }

    private static ulong MarkOf(byte* block) => (ulong)block ^ FreeMark;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAllocateBlockSlow(CacheCore? core, int sizeClass, out byte* block)
    {
        EnterSlow();
        try
        {
            block = null;
            if (!IsInjectedFailure())
            {
                ulong one = 0;
                if (core != null && TryAllocateBlockCached(core, sizeClass, out block))
                    return true;
                if (SlabsOf(sizeClass).Take(&one, 1) == 1 || (ReclaimCaches() && SlabsOf(sizeClass).Take(&one, 1) == 1))
                {
                    block = (byte*)one;
                    NoteOwner(block);
                    return true;
                }
            }
            SharedWord.Add(ref _traffic.Refusals, 1);
            return false;
        }
        finally
        {
            LeaveSlow();
        }
    }

    private bool TryAllocateBlockCached(CacheCore core, int sizeClass, out byte* block)
    {
        block = null;
        if (!core.TryEnter())
            return false;
        try
        {
            if (!core.TryEnsureBlocks())
                return false;
            ref BlockStack stack = ref core.Blocks[sizeClass];
            if (stack.Count == 0)
                stack.Count = _depot.Pop(BlockKinds + sizeClass, stack.Entries);
            if (stack.Count == 0)
            {
                int taken = SlabsOf(sizeClass).Take(stack.Entries, stack.Limit / 2);
                // The lowest goes out first.
                new Span<ulong>(stack.Entries, taken).Reverse();
                stack.Count = taken;
            }
            if (stack.Count == 0)
                return false;
            block = (byte*)stack.Entries[--stack.Count];
            return true;
        }
        finally
        {
            core.Leave();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeBlockFull(CacheCore core, int sizeClass, byte* block)
    {
        EnterSlow();
        try
        {
            if (core.TryEnter())
            {
                try
                {
                    if (core.TryEnsureBlocks())
                    {
                        ref BlockStack stack = ref core.Blocks[sizeClass];
                        int batch = stack.Limit / 2;
                        if (stack.Count == stack.Limit)
                        {
                            if (!_depot.TryPush(BlockKinds + sizeClass, stack.Entries, batch, 4 * batch))
                                SlabsOf(sizeClass).Return(stack.AsSpan()[..batch]);
                            stack.RemoveLowest(batch);
                        }
                        stack.Entries[stack.Count++] = (ulong)block;
                        return;
                    }
                }
                finally
                {
                    core.Leave();
                }
            }
            ForgetOwner(block);
            if (_quarantine != null)
                FreeHardened(_quarantine, block, sizeClass);
            else
                SlabsOf(sizeClass).Return([(ulong)block]);
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
        if (tag != _slabTag)
            throw new ArgumentException($"The address {address} is in a page that is no slab.", nameof(block));
        if (!Slab.IsBlock((Slab*)PageDescriptor.Of(block), block))
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
