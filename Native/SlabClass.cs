namespace Alloc.Native;

/// <summary>
/// The slabs of one size. Under a lock, taken once a batch: above it lie the threads' caches and the lock-free depot.
/// </summary>
/// <remarks>
/// Slabs with free blocks lie in bins by how full they are, and blocks come from the fullest: so the sparse ones empty, and go back
/// to being pages for any use.
/// </remarks>
internal sealed unsafe class SlabClass : BlockSource
{
    private const int Bins = 4;

    /// <summary>Less than a 16th of its blocks free: nothing worth moving for.</summary>
    private const int SpareFraction = 16;

    private readonly SteadyLock _sync = new();
    private readonly nint[] _bins = new nint[Bins];
    private readonly ChunkHeap _heap;
    private readonly Ledger _ledger;
    private readonly Housekeeping _housekeeping;
    private readonly ulong _slabTag;
    private readonly int _class;
    private readonly int _size;
    private readonly int _blocks;
    private long _slabs;

    public SlabClass(ChunkHeap heap, Ledger ledger, Housekeeping housekeeping, ulong slabTag, int sizeClass)
    {
        _heap = heap;
        _ledger = ledger;
        _housekeeping = housekeeping;
        _slabTag = slabTag;
        _class = sizeClass;
        _size = SizeClasses.SizeOf(sizeClass);
        _blocks = SizeClasses.BlocksOf(sizeClass);
    }

    public long Slabs => SharedWord.Load(ref _slabs);

    /// <summary>It is no fuller than the average of its class, and the class has room to spare.</summary>
    public override bool IsSparse(byte* block)
    {
        long slabs = Slabs;
        long free = (slabs * _blocks) - BlocksOut;
        long used = _blocks - Slab.Of(block)->FreeCount;
        return free > Math.Max(_blocks, slabs * _blocks / SpareFraction) && used * slabs <= BlocksOut;
    }

    protected override int TakeSome(ulong* blocks, int wanted)
    {
        int taken = 0;
        using (_sync.Hold())
        {
            while (taken < wanted && Fullest() is var slab && slab != null)
                TakeFrom(slab, blocks, wanted, ref taken);
        }
        // A new slab only for somebody who got nothing: the rest of a batch is no reason. And he takes from this one, whatever others
        // have returned meanwhile: a slab of which nothing was ever taken would never be seen to empty.
        if (taken == 0 && TryMakeSlab(out Slab* fresh))
        {
            using (_sync.Hold())
                TakeFrom(fresh, blocks, wanted, ref taken);
        }
        return taken;
    }

    // Blocks always come from the fullest slabs here.
    protected override int TakeFullest(ulong* block) => TakeSome(block, 1);

    protected override int ReturnAll(ReadOnlySpan<ulong> blocks)
    {
        Slab* emptied = null;
        int twice = 0;
        using (_sync.Hold())
        {
            foreach (ulong block in blocks)
            {
                Slab* slab = Slab.Of((void*)block);
                if (!slab->TryReturn(NumberOf(slab, (byte*)block)))
                {
                    twice++;
                    continue;
                }
                if (slab->FreeCount < _blocks)
                {
                    Rebin(slab);
                    continue;
                }
                Unlink(slab);
                slab->Next = emptied;
                emptied = slab;
            }
        }
        while (emptied != null)
        {
            Slab* next = emptied->Next;
            Close(emptied);
            emptied = next;
        }
        return twice;
    }

    private int NumberOf(Slab* slab, byte* block) => SizeClasses.GeometryOf((uint)_class)->NumberOf((uint)(block - Slab.Start(slab)));

    private void TakeFrom(Slab* slab, ulong* blocks, int wanted, ref int taken)
    {
        byte* start = Slab.Start(slab);
        while (taken < wanted && slab->FreeCount > 0)
            blocks[taken++] = (ulong)(start + (slab->TakeLowest() * _size));
        Rebin(slab);
    }

    private bool TryMakeSlab(out Slab* slab)
    {
        slab = null;
        int pages = SizeClasses.SpanOf(_class);
        if (!_ledger.TryCharge(pages))
            return false;
        if (!_heap.TryTakeSpan(pages, out byte* span))
        {
            _ledger.Release(pages);
            return false;
        }
        slab = Slab.Open(span, _class, _slabTag);
        SharedWord.Add(ref _slabs, 1);
        _housekeeping.Note();
        return true;
    }

    private void Close(Slab* slab)
    {
        int pages = SizeClasses.SpanOf(_class);
        byte* span = Slab.Start(slab);
        Slab.Close(slab);
        SharedWord.Add(ref _slabs, -1);
        ulong mask = ((1UL << pages) - 1) << (Chunk.PageIndex(span) % 64);
        _heap.Return(ChunkMap.Find(span), Chunk.PageIndex(span) / 64, mask, dirty: mask);
        _ledger.Release(pages);
        _housekeeping.Note();
    }

    private Slab* Fullest()
    {
        foreach (nint slab in _bins)
        {
            if (slab != 0)
                return (Slab*)slab;
        }
        return null;
    }

    /// <summary>Puts a slab into the list where it belongs now.</summary>
    private void Rebin(Slab* slab)
    {
        byte bin = slab->FreeCount == 0 ? Slab.InNoList : (byte)((slab->FreeCount - 1) * Bins / _blocks);
        if (bin == slab->Bin)
            return;
        Unlink(slab);
        if (bin == Slab.InNoList)
            return;
        var head = (Slab*)_bins[bin];
        slab->Bin = bin;
        slab->Previous = null;
        slab->Next = head;
        if (head != null)
            head->Previous = slab;
        _bins[bin] = (nint)slab;
    }

    private void Unlink(Slab* slab)
    {
        if (slab->Bin == Slab.InNoList)
            return;
        if (slab->Previous != null)
            slab->Previous->Next = slab->Next;
        else
            _bins[slab->Bin] = (nint)slab->Next;
        if (slab->Next != null)
            slab->Next->Previous = slab->Previous;
        slab->Bin = Slab.InNoList;
        slab->Next = null;
        slab->Previous = null;
    }
}
