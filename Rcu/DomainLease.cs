namespace Alloc.Rcu;

/// <summary>A user's hold on a domain: while it is out, <see cref="RcuDomain.Dispose"/> throws. Disposing it gives it back; idempotent.</summary>
public sealed class DomainLease : IDisposable
{
    private DomainLeases? _leases;

    internal DomainLease(DomainLeases leases, string holder)
    {
        _leases = leases;
        Holder = holder;
    }

    /// <summary>Who holds it, for the exception's message.</summary>
    public string Holder { get; }

    /// <summary>Gives the lease back. Thread-safe.</summary>
    public void Dispose() => Interlocked.Exchange(ref _leases, null)?.Return(this);
}

/// <summary>The leases of one domain.</summary>
internal sealed class DomainLeases
{
    private readonly SteadyLock _lock = new();
    private readonly HashSet<DomainLease> _out = [];
    private bool _closed;

    public DomainLease Add(string holder, RcuDomain domain)
    {
        var lease = new DomainLease(this, holder);
        using (_lock.Hold())
        {
            ObjectDisposedException.ThrowIf(_closed, domain);
            _out.Add(lease);
        }
        return lease;
    }

    public void Return(DomainLease lease)
    {
        using (_lock.Hold()) _out.Remove(lease);
    }

    /// <summary>Whether the domain is disposed or somebody is at it.</summary>
    public bool AreClosed
    {
        get { using (_lock.Hold()) return _closed; }
    }

    /// <summary>Takes <see cref="Close"/> back.</summary>
    public void Reopen()
    {
        using (_lock.Hold()) _closed = false;
    }

    /// <summary>From now on there are no leases. False if it was so before; throws, and changes nothing, while one is out.</summary>
    public bool Close()
    {
        using (_lock.Hold())
        {
            if (_out.Count != 0)
            {
                var holders = string.Join(", ", _out.Take(8).Select(lease => lease.Holder));
                throw new InvalidOperationException($"The domain is in use by {_out.Count} holder(s): {holders}.");
            }
            if (_closed) return false;
            _closed = true;
            return true;
        }
    }
}
