using System.Numerics;

namespace Alloc.Native;

/// <summary>
/// Pages whose blocks may have different sizes, multiples of 64 bytes up to 1 KiB, or, <paramref name="wide"/>, of 256 bytes up to 2.5 KiB: what nodes leave behind
/// as they grow serves others of any size, where slabs of one size stay half empty. Under a lock, taken once a batch.
/// </summary>
/// <remarks>
/// Pages with free granules lie in bins by their longest free run, and a block comes from the shortest run that holds it: so long runs
/// stay, and pages empty. Measured on nodes that grow by steps of 64 bytes at random: 1.08 to 1.15 bytes for each live one, where slabs took 1.2 to 1.4.
/// </remarks>
internal sealed unsafe class MixedPages(ChunkHeap heap, Ledger ledger, Housekeeping housekeeping, ulong tag, bool wide)
{
    /// <summary>How many pages of a bin a search for the fullest looks at.</summary>
    private const int Looks = 8;

    /// <summary>Less than a 16th of the granules free: nothing worth moving for.</summary>
    private const int SpareFraction = 16;

    private readonly SteadyLock _sync = new();
    private readonly int _granuleBits = wide ? MixedPage.WideBits : MixedPage.GranuleBits;
    private readonly int _span = wide ? MixedPage.WidePages : 1;
    private readonly nint[] _bins = new nint[MixedPage.Granules];
    private ulong _binsInUse;
    private long _mixed;
    private long _usedGranules;

    public long Pages => SharedWord.Load(ref _mixed) * _span;

    /// <summary>The most granules that a block has.</summary>
    public int MaxGranules => wide ? MixedPage.MaxWideGranules : MixedPage.MaxGranules;

    /// <summary>The class of blocks of so many granules.</summary>
    public int ClassOf(int granules) => SizeClasses.ClassOf(granules << _granuleBits);

    /// <summary>Takes up to <paramref name="wanted"/> blocks; returns how many, 0 if limit or system refuse a page.</summary>
    public int Take(ulong* blocks, int wanted, int granules)
    {
        int taken = 0;
        using (_sync.Hold())
        {
            while (taken < wanted && Fitting(granules) is var page && page != null)
                TakeFrom(page, blocks, wanted, granules, ref taken);
        }
        return taken > 0 ? taken : TakeFromFresh(blocks, wanted, granules);
    }

    /// <summary>Takes one block from the fullest page that the search meets.</summary>
    public int TakeFullest(ulong* block, int granules)
    {
        int taken = 0;
        using (_sync.Hold())
        {
            MixedPage* fullest = null;
            for (ulong bins = _binsInUse >> granules << granules; bins != 0; bins &= bins - 1)
            {
                var page = (MixedPage*)_bins[BitOperations.TrailingZeroCount(bins)];
                for (int looks = Looks; page != null && looks > 0; looks--, page = page->Next)
                {
                    if (fullest == null || page->FreeCount < fullest->FreeCount)
                        fullest = page;
                }
            }
            if (fullest != null)
                TakeFrom(fullest, block, 1, granules, ref taken);
        }
        return taken > 0 ? taken : TakeFromFresh(block, 1, granules);
    }

    /// <summary>Gives blocks back, of whatever sizes; returns how many were free already. Emptied pages serve for anything again.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="returned">If not null: to each entry is added how many blocks of so many granules were given back.</param>
    public int Return(ReadOnlySpan<ulong> blocks, int* returned = null)
    {
        MixedPage* emptied = null;
        int twice = 0;
        long total = 0;
        using (_sync.Hold())
        {
            foreach (ulong block in blocks)
            {
                MixedPage* page = Of((byte*)block);
                int granules = MixedPage.GranulesAt(page, (void*)block, _granuleBits);
                if (!page->TryReturn((int)((block >> _granuleBits) % MixedPage.Granules), granules))
                {
                    twice++;
                    continue;
                }
                total += granules;
                if (returned != null)
                    returned[granules]++;
                if (!page->IsEmpty)
                {
                    Rebin(page);
                    continue;
                }
                Unlink(page);
                page->Next = emptied;
                emptied = page;
            }
            SharedWord.Add(ref _usedGranules, -total);
        }
        while (emptied != null)
        {
            MixedPage* next = emptied->Next;
            Close(emptied);
            emptied = next;
        }
        return twice;
    }

    /// <summary>True if the page is no fuller than the average, and there is room to spare in the others.</summary>
    public bool IsSparse(byte* block)
    {
        const int PerPage = MixedPage.Granules;
        MixedPage* page = Of(block);
        long pages = SharedWord.Load(ref _mixed), usedInAll = SharedWord.Load(ref _usedGranules), used = PerPage - page->FreeCount;
        return (pages * PerPage) - usedInAll > Math.Max(PerPage, pages * PerPage / SpareFraction) && used * pages <= usedInAll;
    }

    private MixedPage* Of(byte* block)
    {
        PageDescriptor* descriptor = PageDescriptor.Of(block);
        return wide ? MixedPage.WideOf(descriptor) : (MixedPage*)descriptor;
    }

    private MixedPage* Fitting(int granules)
    {
        ulong bins = _binsInUse >> granules;
        return bins == 0 ? null : (MixedPage*)_bins[granules + BitOperations.TrailingZeroCount(bins)];
    }

    private void TakeFrom(MixedPage* page, ulong* blocks, int wanted, int granules, ref int taken)
    {
        byte* start = MixedPage.Start(page);
        int before = taken;
        for (int first; taken < wanted && (first = page->Take(granules)) >= 0;)
            blocks[taken++] = (ulong)(start + (first << _granuleBits));
        SharedWord.Add(ref _usedGranules, (long)(taken - before) * granules);
        Rebin(page);
    }

    // A new page only for somebody who got nothing: the rest of a batch is no reason. And he takes from this one, whatever others
    // have returned meanwhile: a page of which nothing was ever taken would never be seen to empty.
    private int TakeFromFresh(ulong* blocks, int wanted, int granules)
    {
        int taken = 0;
        if (!ledger.TryCharge(_span))
            return 0;
        if (!TryTakePages(out byte* first))
        {
            ledger.Release(_span);
            return 0;
        }
        var page = (MixedPage*)PageDescriptor.Of(first);
        MixedPage.Open(page, tag, _span);
        SharedWord.Add(ref _mixed, 1);
        housekeeping.Note();
        using (_sync.Hold())
            TakeFrom(page, blocks, wanted, granules, ref taken);
        return taken;
    }

    private void Close(MixedPage* page)
    {
        ulong* pages = stackalloc ulong[MixedPage.WidePages];
        for (int i = 0; i < _span; i++)
        {
            pages[i] = (ulong)MixedPage.Start(page + i);
            page[i] = default;
        }
        SharedWord.Add(ref _mixed, -1);
        heap.Return(new(pages, _span), dirty: true);
        ledger.Release(_span);
        housekeeping.Note();
    }

    private bool TryTakePages(out byte* first)
    {
        if (wide)
            return heap.TryTakeSpan(_span, out first);
        bool given = heap.TryTake(1, out PageRun run);
        first = given ? run.Next(out _) : null;
        return given;
    }

    /// <summary>Puts a page into the list where it belongs now.</summary>
    private void Rebin(MixedPage* page)
    {
        int run = page->LongestRun;
        byte bin = run == 0 ? MixedPage.InNoList : (byte)run;
        if (bin == page->Bin)
            return;
        Unlink(page);
        if (bin == MixedPage.InNoList)
            return;
        var head = (MixedPage*)_bins[bin];
        page->Bin = bin;
        page->Next = head;
        if (head != null)
            head->Previous = page;
        _bins[bin] = (nint)page;
        _binsInUse |= 1UL << bin;
    }

    private void Unlink(MixedPage* page)
    {
        if (page->Bin == MixedPage.InNoList)
            return;
        if (page->Previous != null)
            page->Previous->Next = page->Next;
        else if ((_bins[page->Bin] = (nint)page->Next) == 0)
            _binsInUse &= ~(1UL << page->Bin);
        if (page->Next != null)
            page->Next->Previous = page->Previous;
        page->Bin = MixedPage.InNoList;
        page->Next = null;
        page->Previous = null;
    }
}

/// <summary>The blocks of one size among the <see cref="MixedPages"/>.</summary>
internal sealed unsafe class MixedClass(MixedPages pages, int granules) : BlockSource
{
    public override bool IsSparse(byte* block) => pages.IsSparse(block);

    protected override int TakeSome(ulong* blocks, int wanted) => pages.Take(blocks, wanted, granules);

    protected override int TakeFullest(ulong* block) => pages.TakeFullest(block, granules);

    protected override int ReturnAll(ReadOnlySpan<ulong> blocks) => pages.Return(blocks);
}
