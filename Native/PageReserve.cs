namespace Alloc.Native;

/// <summary>Pages set aside for those who must not fail. Outside every limit, zeroed, under a lock: they are rarely needed.</summary>
internal sealed unsafe class PageReserve(ChunkHeap heap)
{
    private readonly SteadyLock _sync = new();
    private readonly Stack<nint> _pages = new();
    private int _target;
    private long _out;

    public int Count
    {
        get
        {
            using (_sync.Hold())
                return _pages.Count;
        }
    }

    /// <summary>Pages handed out from the reserve.</summary>
    public long Out => SharedWord.Load(ref _out);

    /// <summary>False: the system refuses; what it gave stays set aside.</summary>
    public bool TryGrow(int target)
    {
        using (_sync.Hold())
        {
            while (_pages.Count < target)
            {
                if (!TryMakeRoom() || !heap.TryTake(Math.Min(target - _pages.Count, 64), out PageRun run))
                    return false;
                while (run.Mask != 0)
                {
                    Page page = Page.FromAddress(run.Next(out bool dirty));
                    if (dirty)
                        page.AsSpan().Clear();
                    _pages.Push((nint)page.Address);
                }
            }
            _target = Math.Max(_target, target);
            return true;
        }
    }

    // Before pages are taken, in steps: a target that is beyond all memory is refused like any other.
    private bool TryMakeRoom()
    {
        try
        {
            _pages.EnsureCapacity(_pages.Count + 64);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    /// <summary>A zeroed page from the reserve, or else from the system outside the limits.</summary>
    public bool TryTake(out byte* page)
    {
        using (_sync.Hold())
        {
            if (_pages.TryPop(out nint address))
            {
                page = (byte*)address;
                SharedWord.Add(ref _out, 1);
                return true;
            }
        }
        if (!heap.TryTake(1, out PageRun run))
        {
            page = null;
            return false;
        }
        page = run.Next(out bool dirty);
        if (dirty)
            new Span<byte>(page, Page.Size).Clear();
        SharedWord.Add(ref _out, 1);
        return true;
    }

    public void Return(byte* page, bool zero)
    {
        SharedWord.Add(ref _out, -1);
        using (_sync.Hold())
        {
            if (_pages.Count < _target)
            {
                if (!zero)
                    new Span<byte>(page, Page.Size).Clear();
                _pages.Push((nint)page);
                return;
            }
        }
        heap.Return([(ulong)page], dirty: !zero);
    }
}
