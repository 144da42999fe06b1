namespace Alloc.PageTable;

/// <summary>The end of a table whose tree has been taken off: a grace period, its nodes, what it had retired, its leases.</summary>
internal static class TableTeardown
{
    public static void Run(RadixTree tree, TableLeases leases, ChildWord root)
    {
        NodeHeap heap = tree.Heap;
        heap.Domain.Synchronize();
        tree.FreeDetached(root);
        // A thread may have ended its section and not yet deferred what it gathered; the accounts know of it since the section.
        while (heap.HasPending)
        {
            heap.Domain.Barrier();
            if (heap.HasPending) Thread.Yield();
        }
        heap.Release();
        leases.Return();
    }

    public static async Task RunAsync(RadixTree tree, TableLeases leases, ChildWord root)
    {
        NodeHeap heap = tree.Heap;
        await heap.Domain.SynchronizeAsync().ConfigureAwait(false);
        tree.FreeDetached(root);
        while (heap.HasPending)
        {
            await heap.Domain.BarrierAsync().ConfigureAwait(false);
            if (heap.HasPending) await Task.Yield();
        }
        heap.Release();
        leases.Return();
    }
}
