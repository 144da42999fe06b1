using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>Where an allocator's chunks come from.</summary>
public enum PageSourceKind
{
    /// <summary>The system's own mapping (mmap, VirtualAlloc). The default: it really gives memory back.</summary>
    SystemMapping,

    /// <summary>
    /// <see cref="NativeMemory.AlignedAlloc"/>: works everywhere and lets memory checkers see every chunk, but memory goes
    /// back only by whole chunks, and every page has to be cleared by hand.
    /// </summary>
    AlignedAlloc,
}

/// <summary>When chunks are asked for as huge pages, where the system has them (Linux, <c>madvise</c>).</summary>
public enum HugePageUse
{
    /// <summary>Never: memory is committed in small pieces, as it is used. The default.</summary>
    Never,

    /// <summary>
    /// Once an allocator holds 32 MiB, the next chunk is prepared by a pool thread before it is needed; no request
    /// waits for it.
    /// </summary>
    WhenLarge,

    /// <summary>From the first chunk, by whoever needs it: that one request may take milliseconds.</summary>
    Always,
}

/// <summary>Gives and takes whole chunks, and the memory behind parts of them. One contract over <see cref="PageSourceKind"/>.</summary>
internal unsafe readonly struct PageSource(PageSourceKind kind, bool recycles, Func<bool>? refuses = null)
{
    /// <summary>True if fresh pages, and pages after <see cref="TryDecommit"/>, read as zero.</summary>
    public bool GivesZeroes => kind == PageSourceKind.SystemMapping;

    /// <summary>True if fresh pages have no memory behind them yet.</summary>
    public bool StartsCold => kind == PageSourceKind.SystemMapping;

    /// <summary>A chunk whose head (the descriptors) is zero, or null if the system refuses.</summary>
    /// <param name="huge">True: the whole chunk is to be backed by a huge page; false: by small ones as they are used.</param>
    public byte* TryMapChunk(bool huge)
    {
        if (refuses != null && refuses())
            return null;
        byte* chunk;
        if (kind == PageSourceKind.AlignedAlloc)
        {
            chunk = TryAlignedAlloc(Chunk.Size, Chunk.Size);
            if (chunk != null)
                NativeMemory.Clear(chunk, Chunk.HeadSize);
        }
        else
        {
            chunk = PlaceOf(huge).TryTake();
            if (chunk != null && SystemMemory.CommitIsRequired && !SystemMemory.Commit(chunk, Chunk.HeadSize))
            {
                PlaceOf(huge).Return(chunk);
                chunk = null;
            }
        }

        // Words of the table keep 48 bits of an address; more must not come in.
        if (chunk != null && ((ulong)chunk + Chunk.Size - 1) >> 48 != 0)
        {
            UnmapChunk(chunk, huge);
            return null;
        }
        return chunk;
    }

    public void UnmapChunk(byte* chunk, bool huge)
    {
        if (kind == PageSourceKind.AlignedAlloc)
            NativeMemory.AlignedFree(chunk);
        else if (recycles)
            PlaceOf(huge).Return(chunk);
        else
            SystemMemory.Release(chunk, Chunk.Size);
    }

    /// <summary>Backs cold pages with memory. False: the system has none.</summary>
    public bool TryCommit(byte* address, nuint size) =>
        (refuses == null || !refuses()) && (kind == PageSourceKind.AlignedAlloc || SystemMemory.Commit(address, size));

    /// <summary>Gives the memory behind pages back; they read as zero then. False: they are as they were.</summary>
    public bool TryDecommit(byte* address, nuint size) =>
        kind == PageSourceKind.SystemMapping && SystemMemory.Decommit(address, size);

    private static AddressSpace PlaceOf(bool huge) => huge ? AddressSpace.Huge : AddressSpace.Small;

    /// <summary>Native memory for the allocator's own needs, zeroed, or null.</summary>
    public static byte* TryAlignedAllocZeroed(nuint size, nuint alignment)
    {
        byte* block = TryAlignedAlloc(size, alignment);
        if (block != null)
            NativeMemory.Clear(block, size);
        return block;
    }

    /// <summary>The one place where <see cref="OutOfMemoryException"/> becomes a null.</summary>
    private static byte* TryAlignedAlloc(nuint size, nuint alignment)
    {
        try
        {
            return (byte*)NativeMemory.AlignedAlloc(size, alignment);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }
}
