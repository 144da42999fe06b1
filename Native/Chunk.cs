using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// What the allocator knows of a chunk: three bits a page. It lies outside the chunk, in memory that stays until the allocator
/// is disposed, so that a thread may look at it while another gives the chunk back.
/// </summary>
/// <remarks>
/// Guarantee: a page is taken by exactly one thread, and a chunk is unmapped only while nobody holds a page of it.
/// Progress: taking and returning are lock-free; a failed CAS means that another thread took or returned pages.
/// Argument:
/// C1 the FREE bit is the ownership: whoever clears it by CAS owns the page, until he sets it again.
/// C2 DIRTY and COLD of a page are written only by its owner, before he sets FREE (a full fence), and so are exact for the
///    next owner once his CAS has succeeded. Read before, they are a hint.
/// C3 a chunk that goes is a chunk all of whose pages one thread owns (C1); its address may change only then, so it is
///    read after the CAS, never before. A CAS that succeeds on the bits of a successor in the same slot is a take from that one.
/// No ABA: the bits say all there is to say about a word, and nothing read before the CAS is used after it.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal unsafe struct Chunk
{
    public const int SizeBits = 21;
    public const int Size = 1 << SizeBits;
    public const int PageCount = Size / Page.Size;
    public const int HeadPages = PageCount * PageDescriptor.Size / Page.Size;
    public const int HeadSize = HeadPages * Page.Size;
    public const int UsablePages = PageCount - HeadPages;
    public const int Words = PageCount / 64;

    [FieldOffset(0)] private ulong _address;
    [FieldOffset(8)] public int Index;

    /// <summary>Whether it came as a huge page. Changes only with the address (C3).</summary>
    [FieldOffset(12)] public bool IsHuge;

    [FieldOffset(64)] private fixed ulong _free[Words];
    [FieldOffset(128)] private fixed ulong _dirty[Words];
    [FieldOffset(192)] private fixed ulong _cold[Words];

    /// <summary>The chunk's memory: stable while the caller owns a page of it (C3).</summary>
    public byte* Address => (byte*)SharedWord.Load(ref _address);

    /// <summary>The bits of a word that can be pages: all, but in the first word not the head's.</summary>
    public static ulong Usable(int word) => word == 0 ? ulong.MaxValue << HeadPages : ulong.MaxValue;

    public ulong Free(int word) => SharedWord.Load(ref _free[word]);

    public ulong Cold(int word) => SharedWord.Load(ref _cold[word]);

    public ulong Dirty(int word) => SharedWord.Load(ref _dirty[word]);

    public bool HasWarm()
    {
        for (int w = 0; w < Words; w++)
        {
            if ((Free(w) & ~Cold(w)) != 0)
                return true;
        }
        return false;
    }

    public bool HasCold()
    {
        for (int w = 0; w < Words; w++)
        {
            if ((Free(w) & Cold(w)) != 0)
                return true;
        }
        return false;
    }

    /// <summary>Starts a chunk in this slot; until the FREE bits are set nobody takes from it.</summary>
    public void Open(byte* address, bool dirty, bool cold)
    {
        SharedWord.Store(ref _address, (ulong)address);
        for (int w = 0; w < Words; w++)
        {
            _dirty[w] = dirty ? ulong.MaxValue : 0;
            _cold[w] = cold ? ulong.MaxValue : 0;
        }
        for (int w = 0; w < Words; w++)
            SharedWord.Set(ref _free[w], Usable(w));
    }

    /// <summary>Takes these pages if all of them are still free.</summary>
    public bool TryTake(int word, ulong seen, ulong mask)
    {
        if (Validation.LeftOut != LeftOut.AtomicTake)
            return SharedWord.TryReplace(ref _free[word], seen, seen & ~mask);
        SharedWord.Store(ref _free[word], seen & ~mask);
        return true;
    }

    /// <summary>Gives pages back. False: one of them was free already (the caller's books are broken).</summary>
    public bool Return(int word, ulong mask) => (SharedWord.Set(ref _free[word], mask) & mask) == 0;

    // C2: the owner's marks.
    public void MarkDirty(int word, ulong mask) => SharedWord.Set(ref _dirty[word], mask);

    public void MarkZero(int word, ulong mask)
    {
        if ((Dirty(word) & mask) != 0)
            SharedWord.Clear(ref _dirty[word], mask);
    }

    public void MarkCold(int word, ulong mask) => SharedWord.Set(ref _cold[word], mask);

    public void MarkWarm(int word, ulong mask) => SharedWord.Clear(ref _cold[word], mask);

    /// <summary>C3: takes every page, or none. True: the chunk is the caller's alone.</summary>
    public bool TryTakeAll()
    {
        for (int w = 0; w < Words; w++)
        {
            if (Free(w) == Usable(w) && TryTake(w, Usable(w), Usable(w)))
                continue;
            while (--w >= 0)
                SharedWord.Set(ref _free[w], Usable(w));
            return false;
        }
        return true;
    }

    /// <summary>Ends the chunk in this slot; its pages are all the caller's.</summary>
    public byte* Close()
    {
        byte* address = Address;
        SharedWord.Store(ref _address, 0);
        return address;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PageIndex(void* address) => (int)(((nuint)address & (Size - 1)) / Page.Size);
}
