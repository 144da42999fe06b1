namespace Alloc.Native;

/// <summary>
/// Places for chunks, cut from larger mappings, and kept for reuse: for the whole process, one of these for chunks of small pages and
/// one for chunks of huge pages.
/// </summary>
/// <remarks>
/// On Linux every mmap, munmap and madvise about huge pages waits for whoever commits memory at that moment, milliseconds for a huge
/// page that the machine has not touched before. So they are kept rare: one for 32 chunks once there is demand. What is free in here has
/// no memory behind it and reads as zero.
/// </remarks>
internal sealed unsafe class AddressSpace(bool huge)
{
    private const int MaxRegion = 32, MaxFree = 64;

    public static readonly AddressSpace Small = new(huge: false), Huge = new(huge: true);

    private readonly SteadyLock _sync = new();
    private readonly Stack<nint> _free = new(MaxFree);
    private byte* _next;
    private int _left;
    private int _region = 1;

    /// <summary>A place for a chunk, without memory, or null.</summary>
    public byte* TryTake()
    {
        using (_sync.Hold())
        {
            if (_free.TryPop(out nint kept))
                return (byte*)kept;
            if (_left == 0)
            {
                // Windows releases only what it reserved in one piece.
                int chunks = OperatingSystem.IsWindows() ? 1 : _region;
                _next = SystemMemory.Reserve((nuint)chunks * Chunk.Size, Chunk.Size);
                if (_next == null && chunks > 1)
                {
                    // Little address space left: one at a time from now on.
                    _region = chunks = 1;
                    _next = SystemMemory.Reserve(Chunk.Size, Chunk.Size);
                }
                if (_next == null)
                    return null;
                SystemMemory.AdviseHugePages(_next, (nuint)chunks * Chunk.Size, huge);
                _left = chunks;
                _region = Math.Min(_region * 2, MaxRegion);
            }
            byte* chunk = _next;
            _next += Chunk.Size;
            _left--;
            return chunk;
        }
    }

    /// <summary>Takes a place back, and the memory behind it.</summary>
    public void Return(byte* chunk)
    {
        if (SystemMemory.Decommit(chunk, Chunk.Size))
        {
            using (_sync.Hold())
            {
                if (_free.Count < MaxFree)
                {
                    _free.Push((nint)chunk);
                    return;
                }
            }
        }
        SystemMemory.Release(chunk, Chunk.Size);
    }
}
