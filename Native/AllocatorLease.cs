namespace Alloc.Native;

/// <summary>
/// Keeps a <see cref="PageAllocator"/> from being disposed. Whoever keeps pages holds one; disposing it, once or more often, ends it.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class AllocatorLease : IDisposable
{
    private LeaseBook? _book;

    internal AllocatorLease(LeaseBook book, string holder)
    {
        _book = book;
        Holder = holder;
    }

    /// <summary>The name that the exception of a refused <see cref="PageAllocator.Dispose"/> gives.</summary>
    public string Holder { get; }

    /// <summary>Ends the lease.</summary>
    public void Dispose() => Interlocked.Exchange(ref _book, null)?.Remove(this);
}

/// <summary>The leases that are out, and whether the allocator may go.</summary>
internal sealed class LeaseBook
{
    private const int NamedHolders = 8;

    private readonly SteadyLock _sync = new();
    private readonly HashSet<AllocatorLease> _leases = [];
    private bool _closed;

    public AllocatorLease Add(string holder, object owner)
    {
        using (_sync.Hold())
        {
            ObjectDisposedException.ThrowIf(_closed, owner);
            var lease = new AllocatorLease(this, holder);
            _leases.Add(lease);
            return lease;
        }
    }

    public void Remove(AllocatorLease lease)
    {
        using (_sync.Hold())
            _leases.Remove(lease);
    }

    /// <summary>The same for the finalizer: nobody can be asked to end a lease any more.</summary>
    public bool TryCloseForGood()
    {
        using (_sync.Hold())
        {
            bool first = !_closed;
            _closed = true;
            return first;
        }
    }

    /// <summary>True for the first caller; false if closed before.</summary>
    /// <exception cref="InvalidOperationException">Leases are out. Nothing has changed.</exception>
    public bool Close()
    {
        using (_sync.Hold())
        {
            if (_leases.Count > 0)
            {
                string names = string.Join(", ", _leases.Take(NamedHolders).Select(lease => lease.Holder));
                string more = _leases.Count > NamedHolders ? $" and {_leases.Count - NamedHolders} more" : "";
                throw new InvalidOperationException($"The allocator is still in use by {names}{more}; dispose these first.");
            }
            bool first = !_closed;
            _closed = true;
            return first;
        }
    }
}
