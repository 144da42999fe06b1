using System.Numerics;

namespace Alloc.Native;

/// <summary>Pages that were taken together: up to 64 of one word of one chunk.</summary>
internal unsafe ref struct PageRun
{
    public Chunk* Chunk;
    public int Word;

    /// <summary>The pages that are the caller's now.</summary>
    public ulong Mask;

    /// <summary>Those of them whose content is unknown; the others are zero.</summary>
    public ulong Dirty;

    public readonly int Count => BitOperations.PopCount(Mask);

    /// <summary>The address of the page of bit 0.</summary>
    public readonly byte* Base => Chunk->Address + (Word * 64 * Page.Size);

    /// <summary>Takes the lowest page out of the run.</summary>
    public byte* Next(out bool dirty)
    {
        int bit = BitOperations.TrailingZeroCount(Mask);
        dirty = (Dirty >> bit & 1) != 0;
        Mask &= Mask - 1;
        return Base + (bit * Page.Size);
    }
}
