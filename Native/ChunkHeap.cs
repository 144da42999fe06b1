using System.Numerics;

namespace Alloc.Native;

/// <summary>
/// Pages in runs, straight from the chunks: the level under the caches. Knows no limit; see <see cref="Ledger"/> for that.
/// </summary>
/// <remarks>
/// Guarantee and progress: see <see cref="Chunk"/> and <see cref="ChunkTable"/>; taking and returning are lock-free, a new chunk
/// takes a lock for its slot only. System calls run while the thread owns the pages or the chunk in question, outside every lock.
/// Warm pages go first, low chunks first: so the high chunks are those that empty.
/// </remarks>
internal sealed unsafe partial class ChunkHeap(PageSource source, HugePageUse hugePages, bool reportsPressure)
{
    private const int MaxSpan = 8, MaxAhead = 32;

    private readonly ChunkTable _table = new();
    private readonly int[] _spanHints = new int[MaxSpan + 1];
    private long _chunks;
    private long _warmPages;
    private long _systemRefusals;

    public long ChunkCount => SharedWord.Load(ref _chunks);

    /// <summary>Pages with memory behind them, heads not counted.</summary>
    public long WarmPages => SharedWord.Load(ref _warmPages);

    public long SystemRefusals => SharedWord.Load(ref _systemRefusals);

    /// <summary>Takes 1 to <paramref name="wanted"/> (at most 64) pages of one word. False: the system refuses memory.</summary>
    public bool TryTake(int wanted, out PageRun run)
    {
        while (true)
        {
            if (TryTakeWarm(wanted, out run))
                return true;
            if (!TryTakeCold(wanted, out run, out bool none))
            {
                if (!none || !TryAddChunk())
                    return Refused();
                continue;
            }
            return true;
        }
    }

    /// <summary>Takes neighbouring pages; where their number is a power of two, they begin at a multiple of it. False: the system refuses memory.</summary>
    public bool TryTakeSpan(int pages, out byte* span)
    {
        while (true)
        {
            for (int pass = 0; pass < 2; pass++)
            {
                bool cold = pass == 1;
                int from = cold ? 0 : Volatile.Read(ref _spanHints[pages]);
                for (Chunk* chunk; (chunk = _table.Find(cold, from)) != null; from = chunk->Index + 1)
                {
                    if (!TryTakeSpanIn(chunk, pages, cold, out PageRun run))
                        continue;
                    if (!cold)
                        Volatile.Write(ref _spanHints[pages], chunk->Index);
                    span = run.Base + (BitOperations.TrailingZeroCount(run.Mask) * Page.Size);
                    if (!cold || TryWarm(ref run, pages))
                        return true;
                    span = null;
                    return Refused();
                }
                if (!cold)
                    Volatile.Write(ref _spanHints[pages], int.MaxValue);
            }
            if (!TryAddChunk())
            {
                span = null;
                return Refused();
            }
        }
    }

    /// <summary>Gives pages of one word back; <paramref name="dirty"/> are those that are not zero.</summary>
    public void Return(Chunk* chunk, int word, ulong mask, ulong dirty)
    {
        if (dirty != 0)
            chunk->MarkDirty(word, dirty);
        if ((mask & ~dirty) != 0)
            chunk->MarkZero(word, mask & ~dirty);
        ReturnWarm(chunk, word, mask);
    }

    /// <summary>Gives pages back, one entry each; neighbours in the list that share a word go together.</summary>
    public void Return(ReadOnlySpan<ulong> pages, bool dirty)
    {
        for (int i = 0; i < pages.Length;)
        {
            Chunk* chunk = ChunkMap.Find((void*)pages[i]);
            ulong group = pages[i] / (64 * Page.Size);
            int word = Chunk.PageIndex((void*)pages[i]) / 64;
            ulong mask = 0;
            for (; i < pages.Length && pages[i] / (64 * Page.Size) == group; i++)
                mask |= 1UL << (Chunk.PageIndex((void*)pages[i]) % 64);
            Return(chunk, word, mask, dirty ? mask : 0);
        }
    }

    private bool TryTakeWarm(int wanted, out PageRun run)
    {
        for (int from = 0; ;)
        {
            Chunk* chunk = _table.Find(cold: false, from);
            if (chunk == null)
            {
                run = default;
                return false;
            }
            for (int w = 0; w < Chunk.Words; w++)
            {
                ulong seen;
                ulong mask;
                while ((mask = Lowest((seen = chunk->Free(w)) & ~chunk->Cold(w), wanted)) != 0)
                {
                    if (!chunk->TryTake(w, seen, mask))
                        continue;
                    // C2: only now exact. What turned cold in between goes back.
                    ulong cold = chunk->Cold(w) & mask;
                    if (cold != 0)
                    {
                        ReturnCold(chunk, w, cold);
                        mask &= ~cold;
                        if (mask == 0)
                            continue;
                    }
                    run = new() { Chunk = chunk, Word = w, Mask = mask, Dirty = chunk->Dirty(w) & mask };
                    return true;
                }
            }
            _table.Unhint(chunk, cold: false);
            from = chunk->Index + 1;
        }
    }

    private bool TryTakeCold(int wanted, out PageRun run, out bool none)
    {
        for (int from = 0; ;)
        {
            Chunk* chunk = _table.Find(cold: true, from);
            if (chunk == null)
            {
                run = default;
                none = true;
                return false;
            }
            // Commit more than asked, in proportion to what is in use: one system call then serves many faults, and a small
            // allocator stays small. Not many more: whoever asks pays, up to 8 us a page that the machine has not touched before.
            int ahead = SystemMemory.CommitHelps ? (int)Math.Max(wanted, Math.Min(WarmPages / 4, MaxAhead)) : wanted;
            for (int w = 0; w < Chunk.Words; w++)
            {
                ulong seen;
                ulong mask;
                while ((mask = Lowest((seen = chunk->Free(w)) & chunk->Cold(w), ahead)) != 0)
                {
                    if (!chunk->TryTake(w, seen, mask))
                        continue;
                    none = false;
                    run = new() { Chunk = chunk, Word = w, Mask = mask };
                    return TryWarm(ref run, wanted);
                }
            }
            _table.Unhint(chunk, cold: true);
            from = chunk->Index + 1;
        }
    }

    private bool TryTakeSpanIn(Chunk* chunk, int pages, bool cold, out PageRun run)
    {
        for (int w = 0; w < Chunk.Words; w++)
        {
            ulong seen;
            ulong start;
            while ((start = Starts((seen = chunk->Free(w)) & (cold ? ulong.MaxValue : ~chunk->Cold(w)), pages) & Aligned(pages)) != 0)
            {
                ulong mask = ((1UL << pages) - 1) << BitOperations.TrailingZeroCount(start);
                if (!chunk->TryTake(w, seen, mask))
                    continue;
                run = new() { Chunk = chunk, Word = w, Mask = mask, Dirty = chunk->Dirty(w) & mask };
                if (cold || (chunk->Cold(w) & mask) == 0)
                    return true;
                ReturnCold(chunk, w, mask);
            }
        }
        run = default;
        return false;
    }

    /// <summary>Puts memory behind the cold pages of a run and keeps <paramref name="wanted"/>. False: no memory, all went back.</summary>
    private bool TryWarm(ref PageRun run, int wanted)
    {
        ulong cold = run.Chunk->Cold(run.Word) & run.Mask;
        for (ulong left = cold; left != 0;)
        {
            int start = BitOperations.TrailingZeroCount(left);
            int length = BitOperations.TrailingZeroCount(~(left >> start));
            if (!source.TryCommit(run.Base + (start * Page.Size), (nuint)length * Page.Size))
            {
                ReturnCold(run.Chunk, run.Word, run.Mask);
                return false;
            }
            left &= length == 64 ? 0 : ~(((1UL << length) - 1) << start);
        }
        run.Chunk->MarkWarm(run.Word, cold);
        SharedWord.Add(ref _warmPages, BitOperations.PopCount(cold));

        ulong keep = Lowest(run.Mask, wanted);
        if (run.Mask != keep)
            ReturnWarm(run.Chunk, run.Word, run.Mask & ~keep);
        run.Mask = keep;
        run.Dirty = run.Chunk->Dirty(run.Word) & keep;
        return true;
    }

    private void ReturnWarm(Chunk* chunk, int word, ulong mask)
    {
        bool owned = chunk->Return(word, mask);
        HintWarm(chunk);
        if (!owned)
            throw new InvalidOperationException("C1 is broken: a page came back that was free. Two threads freed it at the very same time.");
    }

    private void HintWarm(Chunk* chunk)
    {
        _table.Hint(chunk, cold: false);
        for (int k = 1; k <= MaxSpan; k++)
        {
            if (Volatile.Read(ref _spanHints[k]) > chunk->Index)
                Volatile.Write(ref _spanHints[k], chunk->Index);
        }
    }

    /// <summary>Gives pages back of which some may be cold.</summary>
    private void ReturnCold(Chunk* chunk, int word, ulong mask)
    {
        ReturnWarm(chunk, word, mask);
        _table.Hint(chunk, cold: true);
    }

    private bool TryAddChunk() => hugePages == HugePageUse.Always ? TryAddHugeChunk() : TryAddChunk(huge: false);

    /// <summary>Adds a chunk with all its memory behind it. False: the system refuses.</summary>
    public bool TryAddHugeChunk() => TryAddChunk(huge: true);

    private bool TryAddChunk(bool huge)
    {
        byte* address = source.TryMapChunk(huge);
        if (address == null)
            return false;
        if (huge && !source.TryCommit(address, Chunk.Size))
        {
            source.UnmapChunk(address, huge);
            return false;
        }
        bool cold = source.StartsCold && !huge;
        Chunk* chunk = _table.TryRent();
        if (chunk == null || !ChunkMap.TryAdd(address, chunk))
        {
            if (chunk != null)
                _table.Return(chunk);
            source.UnmapChunk(address, huge);
            return false;
        }
        chunk->IsHuge = huge;
        chunk->Open(address, dirty: !source.GivesZeroes, cold);
        SharedWord.Add(ref _chunks, 1);
        if (reportsPressure)
            GC.AddMemoryPressure(Chunk.Size);
        if (cold)
        {
            _table.Hint(chunk, cold: true);
        }
        else
        {
            SharedWord.Add(ref _warmPages, Chunk.UsablePages);
            HintWarm(chunk);
        }
        return true;
    }

    private bool Refused()
    {
        SharedWord.Add(ref _systemRefusals, 1);
        return false;
    }

    /// <summary>The lowest <paramref name="count"/> bits that are set.</summary>
    private static ulong Lowest(ulong bits, int count)
    {
        if (BitOperations.PopCount(bits) <= count)
            return bits;
        ulong rest = bits;
        for (int i = 0; i < count; i++)
            rest &= rest - 1;
        return bits & ~rest;
    }

    /// <summary>The bits at which so many pages may begin: every so manieth, where that is a power of two.</summary>
    private static ulong Aligned(int pages) => BitOperations.IsPow2(pages) ? ulong.MaxValue / ((1UL << pages) - 1) : ulong.MaxValue;

    /// <summary>The bits at which <paramref name="length"/> set bits in a row start.</summary>
    private static ulong Starts(ulong bits, int length)
    {
        for (int i = 1; i < length; i++)
            bits &= bits >> 1;
        return bits;
    }
}
