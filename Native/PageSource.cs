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

/// <summary>Gives and takes whole chunks, and the memory behind parts of them. One contract over <see cref="PageSourceKind"/>.</summary>
internal unsafe readonly struct PageSource(PageSourceKind kind, bool hugePages)
{
    /// <summary>True if fresh pages, and pages after <see cref="TryDecommit"/>, read as zero.</summary>
    public bool GivesZeroes => kind == PageSourceKind.SystemMapping;

    /// <summary>True if fresh pages have no memory behind them yet.</summary>
    public bool StartsCold => kind == PageSourceKind.SystemMapping;

    public bool HugePages => hugePages;

    /// <summary>A chunk whose head (the descriptors) is zero, or null if the system refuses.</summary>
    public byte* TryMapChunk()
    {
        byte* chunk;
        if (kind == PageSourceKind.AlignedAlloc)
        {
            chunk = TryAlignedAlloc(Chunk.Size, Chunk.Size);
            if (chunk != null)
                NativeMemory.Clear(chunk, Chunk.HeadSize);
        }
        else
        {
            chunk = SystemMemory.Reserve(Chunk.Size, Chunk.Size);
            if (chunk != null && hugePages)
                SystemMemory.AdviseHugePages(chunk, Chunk.Size, huge: true);
            if (chunk != null && SystemMemory.CommitIsRequired && !SystemMemory.Commit(chunk, Chunk.HeadSize))
            {
                SystemMemory.Release(chunk, Chunk.Size);
                chunk = null;
            }
        }

        // Words of the table keep 48 bits of an address; more must not come in.
        if (chunk != null && ((ulong)chunk + Chunk.Size - 1) >> 48 != 0)
        {
            UnmapChunk(chunk);
            return null;
        }
        return chunk;
    }

    public void UnmapChunk(byte* chunk)
    {
        if (kind == PageSourceKind.AlignedAlloc)
            NativeMemory.AlignedFree(chunk);
        else
            SystemMemory.Release(chunk, Chunk.Size);
    }

    /// <summary>Backs cold pages with memory. False: the system has none.</summary>
    public bool TryCommit(byte* address, nuint size) => kind == PageSourceKind.AlignedAlloc || SystemMemory.Commit(address, size);

    /// <summary>Gives the memory behind pages back; they read as zero then. False: they are as they were.</summary>
    public bool TryDecommit(byte* address, nuint size) =>
        kind == PageSourceKind.SystemMapping && SystemMemory.SystemPageSize == Page.Size && SystemMemory.Decommit(address, size);

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
