using System.Diagnostics;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

[DebuggerDisplay("{ToString(),nq}")]
[DebuggerTypeProxy(typeof(RadixTableDebugView<>))]
public sealed unsafe partial class RadixTable<TValue>
{
    internal bool IsDisposed => _tree.IsDisposed;

    internal (PageAllocator Allocator, RcuDomain Domain) Owners => (_heap.Pages, _domain);

    /// <summary>The type and the number of entries, or that the table is disposed. Never throws.</summary>
    public override string ToString() => IsDisposed
        ? $"RadixTable<{typeof(TValue).Name}> (disposed)"
        : $"RadixTable<{typeof(TValue).Name}> Count = {_tree.Count}";
}
