using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>
/// Process-wide map from address to chunk, so that any address can be judged without touching it.
/// </summary>
/// <remarks>
/// 48 bits of address less 21 bits of chunk are 27 bits: 14 choose a leaf, 13 the entry in it. Leaves are made when their first
/// chunk comes, and never freed: 64 KiB for each 16 GiB of address space that was ever used, most of it never touched.
/// An entry changes only while no page of its chunk is out, so whoever owns a page reads a stable entry.
/// Whoever only asks whether there is a chunk reads one bit of 16 MiB of address space, of which the system backs what was ever used: a page for 64 GiB.
/// </remarks>
internal static unsafe class ChunkMap
{
    private const int LeafBits = 13;
    private const int RootBits = 48 - Chunk.SizeBits - LeafBits;

    private static readonly ulong* Root =
        (ulong*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(1 << RootBits, sizeof(ulong));

    private static readonly ulong* Bits = (ulong*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(1 << (RootBits + LeafBits - 3));

    /// <summary>Whether a chunk holds an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(void* address)
    {
        ulong number = (ulong)address >> Chunk.SizeBits;
        return number < 1 << (RootBits + LeafBits) && (SharedWord.Load(ref Bits[number / 64]) >> (int)number & 1) != 0;
    }

    /// <summary>The chunk that holds an address, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Chunk* Find(void* address)
    {
        ulong number = (ulong)address >> Chunk.SizeBits;
        ulong root = number >> LeafBits;
        if (root >= 1 << RootBits)
            return null;
        ulong* leaf = (ulong*)SharedWord.Load(ref Root[root]);
        return leaf == null ? null : (Chunk*)SharedWord.Load(ref leaf[number & ((1 << LeafBits) - 1)]);
    }

    /// <summary>False: no memory for the leaf.</summary>
    public static bool TryAdd(byte* address, Chunk* chunk)
    {
        ulong number = (ulong)address >> Chunk.SizeBits;
        ref ulong root = ref Root[number >> LeafBits];
        ulong* leaf = (ulong*)SharedWord.Load(ref root);
        if (leaf == null)
        {
            ulong* fresh = (ulong*)PageSource.TryAlignedAllocZeroed((1 << LeafBits) * sizeof(ulong), 64);
            if (fresh == null)
                return false;
            if (SharedWord.TryReplace(ref root, 0, (ulong)fresh))
            {
                leaf = fresh;
            }
            else
            {
                System.Runtime.InteropServices.NativeMemory.AlignedFree(fresh);
                leaf = (ulong*)SharedWord.Load(ref root);
            }
        }
        SharedWord.Store(ref leaf[number & ((1 << LeafBits) - 1)], (ulong)chunk);
        SharedWord.Set(ref Bits[number / 64], 1UL << (int)number);
        return true;
    }

    public static void Remove(byte* address)
    {
        ulong number = (ulong)address >> Chunk.SizeBits;
        SharedWord.Clear(ref Bits[number / 64], 1UL << (int)number);
        ulong* leaf = (ulong*)SharedWord.Load(ref Root[number >> LeafBits]);
        SharedWord.Store(ref leaf[number & ((1 << LeafBits) - 1)], 0);
    }
}
