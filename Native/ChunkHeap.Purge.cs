using System.Numerics;

namespace Alloc.Native;

/// <summary>Memory going back to the system.</summary>
internal sealed unsafe partial class ChunkHeap
{
    private readonly SteadyLock _purging = new();
    private long _returnedPages;

    /// <summary>Pages whose memory went back so far.</summary>
    public long ReturnedPages => SharedWord.Load(ref _returnedPages);

    /// <summary>
    /// Gives the memory behind up to <paramref name="pages"/> free pages back, high chunks first, and chunks that are free as
    /// a whole, except the first <paramref name="keepChunks"/>. One thread at a time: others wait, taking and returning do not.
    /// </summary>
    public void Purge(long pages, int keepChunks)
    {
        using (_purging.Hold())
        {
            for (int i = _table.Length - 1; i >= 0 && pages > 0; i--)
            {
                Chunk* chunk = _table.At(i);
                if (chunk->Address == null)
                    continue;
                long purged;
                if (ChunkCount > keepChunks && chunk->TryTakeAll())
                {
                    purged = Unmap(chunk);
                }
                else
                {
                    // TryTakeAll may have held pages for a moment; T1.
                    _table.Hint(chunk, cold: false);
                    _table.Hint(chunk, cold: true);
                    purged = Cool(chunk, pages);
                }
                pages -= purged;
                SharedWord.Add(ref _returnedPages, purged);
            }
        }
    }

    /// <summary>Shows every page to a visitor until he has seen enough. Nobody else may be at work.</summary>
    public void VisitPages(Func<Page, bool> visit)
    {
        for (int i = 0; i < _table.Length; i++)
        {
            byte* address = _table.At(i)->Address;
            for (int p = Chunk.HeadPages; address != null && p < Chunk.PageCount; p++)
            {
                if (!visit(Page.FromAddress(address + (p * Page.Size))))
                    return;
            }
        }
    }

    /// <summary>Unmaps everything. The caller vouches that no page is out, or that its owner has given it up.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _table.Length; i++)
        {
            Chunk* chunk = _table.At(i);
            byte* address = chunk->Close();
            if (address == null)
                continue;
            ChunkMap.Remove(address);
            RelievePressure();
            source.UnmapChunk(address, chunk->IsHuge);
        }
        _table.Dispose();
        _chunks = 0;
        _warmPages = 0;
    }

    private void RelievePressure()
    {
        if (reportsPressure)
            GC.RemoveMemoryPressure(Chunk.Size);
    }

    /// <summary>C3: every page of the chunk is ours.</summary>
    private long Unmap(Chunk* chunk)
    {
        long warm = 0;
        for (int w = 0; w < Chunk.Words; w++)
            warm += BitOperations.PopCount(Chunk.Usable(w) & ~chunk->Cold(w));
        byte* address = chunk->Close();
        ChunkMap.Remove(address);
        RelievePressure();
        source.UnmapChunk(address, chunk->IsHuge);
        _table.Return(chunk);
        SharedWord.Add(ref _chunks, -1);
        SharedWord.Add(ref _warmPages, -warm);
        return warm;
    }

    private static ulong Bits(int start, int length) => (length == 64 ? ulong.MaxValue : (1UL << length) - 1) << start;

    private long Cool(Chunk* chunk, long pages)
    {
        long cooled = 0;
        for (int w = Chunk.Words - 1; w >= 0 && cooled < pages; w--)
        {
            ulong seen = chunk->Free(w);
            ulong mask = seen & ~chunk->Cold(w);
            if (mask == 0 || !chunk->TryTake(w, seen, mask))
                continue;
            byte* origin = chunk->Address + (w * 64 * Page.Size);
            ulong cold = 0;
            for (ulong left = mask; left != 0;)
            {
                int start = BitOperations.TrailingZeroCount(left);
                int length = BitOperations.TrailingZeroCount(~(left >> start));
                left &= ~Bits(start, length);
                // Whole pages of the system only, where those are larger.
                (start, length) = MemoryArguments.Inner(start, length, SystemMemory.SystemPageSize);
                if (length > 0 && source.TryDecommit(origin + (start * Page.Size), (nuint)length * Page.Size))
                    cold |= Bits(start, length);
            }
            chunk->MarkZero(w, cold);
            ulong warm = cold & ~chunk->Cold(w);
            chunk->MarkCold(w, cold);
            SharedWord.Add(ref _warmPages, -BitOperations.PopCount(warm));
            cooled += BitOperations.PopCount(warm);
            ReturnCold(chunk, w, mask);
        }
        return cooled;
    }
}
