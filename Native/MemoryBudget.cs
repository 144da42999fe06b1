namespace Alloc.Native;

/// <summary>
/// One limit that several allocators share. What any of them hands out or caches is charged to it; what does not fit is refused.
/// </summary>
/// <remarks>All members are thread-safe and take constant time.</remarks>
public sealed class MemoryBudget
{
    private readonly SteadyLock _sync = new();
    private readonly List<WeakReference<PageAllocator>> _members = [];
    private readonly long _maxPages;
    private long _usedPages;

    /// <summary>Makes a budget.</summary>
    /// <param name="maxBytes">The limit in bytes, rounded down to whole pages. 0 refuses everything.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxBytes"/> is negative.</exception>
    public MemoryBudget(long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        MaxBytes = maxBytes;
        _maxPages = maxBytes / Page.Size;
    }

    /// <summary>The limit, in bytes.</summary>
    public long MaxBytes { get; }

    /// <summary>What is charged now, in bytes: pages handed out, in slabs, and in caches of all the allocators.</summary>
    public long UsedBytes => SharedWord.Load(ref _usedPages) * Page.Size;

    /// <summary>Charges 1 to <paramref name="wanted"/> pages; returns how many, 0 if none is left.</summary>
    internal int Charge(int wanted) => Ledger.Charge(ref _usedPages, _maxPages, wanted);

    internal void Release(int pages) => SharedWord.Add(ref _usedPages, -pages);

    internal void Join(PageAllocator allocator)
    {
        using (_sync.Hold())
        {
            _members.RemoveAll(member => !member.TryGetTarget(out _));
            _members.Add(new(allocator));
        }
    }

    internal void Leave(PageAllocator allocator)
    {
        using (_sync.Hold())
            _members.RemoveAll(member => !member.TryGetTarget(out PageAllocator? target) || target == allocator);
    }

    /// <summary>Makes the other allocators give up what they only cache.</summary>
    internal void ReleaseCaches(PageAllocator except)
    {
        // Under the lock, so that nothing is copied: nobody comes here from inside an allocator's own locks.
        using (_sync.Hold())
        {
            foreach (WeakReference<PageAllocator> member in _members)
            {
                if (member.TryGetTarget(out PageAllocator? other) && other != except)
                    other.ReleaseCaches(quarantineToo: true);
            }
        }
    }
}
