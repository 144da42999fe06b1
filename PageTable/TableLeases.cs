using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>What keeps a table's allocators and domain from being disposed while it lives.</summary>
internal sealed class TableLeases
{
    private AllocatorLease? _allocator;
    private AllocatorLease? _batchAllocator;
    private DomainLease? _domain;

    public static TableLeases Take(RadixTableOptions options, string holder)
    {
        var taken = new TableLeases();
        try
        {
            taken._allocator = (options.Allocator ?? PageAllocator.Shared).Lease(holder);
            taken._batchAllocator = options.BatchAllocator?.Lease(holder);
            taken._domain = (options.Domain ?? RcuDomain.Default).Lease(holder);
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
        _allocator?.Dispose();
        _batchAllocator?.Dispose();
        _domain?.Dispose();
    }
}
