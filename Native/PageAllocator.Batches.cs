using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Alloc.Native;

/// <summary>Many things at once.</summary>
public sealed unsafe partial class PageAllocator
{
    /// <summary>How many blocks go back under one lock, and how far ahead their first lines are asked for.</summary>
    private const int ReturnBatch = 64, Ahead = 8;

    /// <summary>
    /// Gives pages and blocks of any sizes back. Blocks of 64 bytes to 2.5 KiB go straight to the pages that they came from, past the caches: what their
    /// neighbours left and they leave becomes one hole, which a block of another size may fill. Nodes that grow step by step pack far better
    /// so than with <see cref="FreeBlock(byte*)"/>, which keeps a block for the next one of its size. Any thread may call it. Takes a lock for 64 blocks.
    /// </summary>
    /// <param name="addresses">The first bytes of pages and blocks of this allocator.</param>
    /// <exception cref="ArgumentException">An address is not the start of a page or block of this allocator. The others were freed.</exception>
    /// <exception cref="InvalidOperationException">One of them is free already. The others were freed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void FreeMany(ReadOnlySpan<nuint> addresses)
    {
        CacheState* cache = Current();
        ulong* blocks = stackalloc ulong[ReturnBatch], wideBlocks = stackalloc ulong[ReturnBatch];
        int count = 0, wideCount = 0;
        Exception? first = null;
        for (int i = 0; i < addresses.Length; i++)
        {
            if (i + Ahead < addresses.Length)
                Prefetch((byte*)addresses[i + Ahead]);
            var address = (byte*)addresses[i];
            switch (TryMarkMixed(address))
            {
                case PageTag.Mixed:
                    blocks[count++] = (ulong)address;
                    if (count == ReturnBatch)
                        ReturnMixed(_mixed, blocks, ref count, ref first);
                    continue;
                case PageTag.Wide:
                    wideBlocks[wideCount++] = (ulong)address;
                    if (wideCount == ReturnBatch)
                        ReturnMixed(_wide, wideBlocks, ref wideCount, ref first);
                    continue;
            }
            try
            {
                if (ChunkMap.Holds(address) && PageDescriptor.Of(address)->Tag is var tag && (tag == _liveTag || (tag & 0xff) == PageTag.LiveReserved))
                    PutPage(cache, Page.FromExact(address), CacheState.DirtyKind);
                else
                    PutBlock(cache, address);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException and not ObjectDisposedException)
            {
                first ??= e;
            }
        }
        ReturnMixed(_mixed, blocks, ref count, ref first);
        ReturnMixed(_wide, wideBlocks, ref wideCount, ref first);
        if (first != null)
            throw first;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* address)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(address);
        Sse.Prefetch0(PageDescriptor.Of(address));
    }

    /// <summary>Not 0: it was a live block of a mixed page, or of a wide one, as the kind says, and nobody else frees it any more.</summary>
    private ulong TryMarkMixed(byte* block)
    {
        if (BypassesCaches || !ChunkMap.Holds(block))
            return 0;
        ulong tag = PageDescriptor.Of(block)->Tag;
        if (tag != _mixedTag && tag != _wideTag)
            return 0;
        int sizeClass = ClassOf(block);
        if (sizeClass < 0 || *(ulong*)block == MarkOf(block))
            return 0;
        if (Validation.IsOn)
            Validation.Poison(block, SizeClasses.SizeOf(sizeClass));
        *(ulong*)block = MarkOf(block);
        return tag & 0xff;
    }

    private void ReturnMixed(MixedPages pages, ulong* blocks, ref int count, ref Exception? first)
    {
        if (count == 0)
            return;
        EnterSlow();
        try
        {
            int* returned = stackalloc int[MixedPage.MaxGranules + 1];
            new Span<int>(returned, MixedPage.MaxGranules + 1).Clear();
            int twice = pages.Return(new(blocks, count), returned);
            for (int granules = 1; granules <= pages.MaxGranules; granules++)
            {
                if (returned[granules] != 0)
                    SourceOf(pages.ClassOf(granules)).NoteReturned(returned[granules]);
            }
            count = 0;
            if (twice != 0)
                first ??= new InvalidOperationException("A block was freed twice by two threads at once.");
        }
        finally
        {
            LeaveSlow();
        }
    }
}
