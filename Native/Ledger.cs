namespace Alloc.Native;

/// <summary>
/// Counts the pages that have left the chunks (handed out, in slabs, in caches) against the allocator's own limit and its budget.
/// </summary>
/// <remarks>L1: pages charged = pages taken from the chunks, less those of the reserve. Lock-free.</remarks>
internal sealed class Ledger(long maxBytes, MemoryBudget? budget)
{
    private readonly long _maxPages = maxBytes / Page.Size;
    private long _charged;

    /// <summary>How many pages one thread may take ahead of need: few under a tight limit, or threads would empty each other's caches in turn.</summary>
    public int FairShare { get; } = (int)Math.Clamp(Math.Min(maxBytes, budget?.MaxBytes ?? long.MaxValue) / Page.Size / 64, 1, Depot.Capacity);

    public long Charged => SharedWord.Load(ref _charged);

    /// <summary>Charges 1 to <paramref name="wanted"/> pages; returns how many, 0 if the limit is reached.</summary>
    public int Charge(int wanted)
    {
        int granted = Charge(ref _charged, _maxPages, wanted);
        if (budget == null || granted == 0)
            return granted;
        int within = budget.Charge(granted);
        if (within < granted)
            SharedWord.Add(ref _charged, within - granted);
        return within;
    }

    /// <summary>Charges exactly so many pages, or none.</summary>
    public bool TryCharge(int pages)
    {
        int granted = Charge(pages);
        if (granted == pages)
            return true;
        Release(granted);
        return false;
    }

    /// <summary>True if the allocator's own limit lets so many pages more out.</summary>
    public bool HasRoom(int pages) => _maxPages - Charged >= pages;

    public void Release(int pages)
    {
        if (pages == 0)
            return;
        SharedWord.Add(ref _charged, -pages);
        budget?.Release(pages);
    }

    public void ReleaseAll()
    {
        while (Charged > 0)
            Release((int)Math.Min(Charged, int.MaxValue));
    }

    internal static int Charge(ref long used, long max, int wanted)
    {
        while (true)
        {
            long seen = SharedWord.Load(ref used);
            int granted = (int)Math.Min(wanted, max - seen);
            if (granted <= 0)
                return 0;
            if (SharedWord.TryReplace(ref used, seen, seen + granted))
                return granted;
        }
    }
}
