using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>What keeps a table's allocators and domain from being disposed while it lives.</summary>
internal sealed class TableLeases
{
    private readonly List<IDisposable> _leases = new(3);

    public static TableLeases Take(RadixTableOptions options, string holder)
    {
        var taken = new TableLeases();
        try
        {
            taken._leases.Add((options.Allocator ?? PageAllocator.Shared).Lease(holder));
            if (options.BatchAllocator is { } batches) taken._leases.Add(batches.Lease(holder));
            taken._leases.Add((options.Domain ?? RcuDomain.Default).Lease(holder));
        }
        catch
        {
            taken.Return();
            throw;
        }
        return taken;
    }

    public void Return()
    {
        foreach (IDisposable lease in _leases) lease.Dispose();
    }
}
