using System.Diagnostics;

namespace Alloc.PageTable;

/// <summary>What a debugger shows of a table: its first entries, its nodes, and what waits. Safe on a table of any size and on a disposed one.</summary>
internal sealed class RadixTableDebugView<TValue>(RadixTable<TValue> table)
    where TValue : unmanaged
{
    /// <summary>No more than these are shown.</summary>
    public const int MostEntries = 1000;

    /// <summary>The first entries, in ascending order of keys.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.RootHidden)]
    public DebugEntry<TValue>[] Entries => table.IsDisposed ? [] : [.. table.Take(MostEntries).Select(entry => new DebugEntry<TValue>(entry.Key, entry.Value))];

    /// <summary>Whether there are more entries than are shown.</summary>
    public bool HasMore => !table.IsDisposed && table.Skip(MostEntries).Any();

    /// <summary>Nodes by kind, bytes, and what waits for a grace period; null for a disposed table.</summary>
    public RadixTableStatistics? Statistics => table.IsDisposed ? null : table.GetStatistics();

    /// <summary>Where the table's memory and read sections come from.</summary>
    public (Native.PageAllocator Allocator, Rcu.RcuDomain Domain) Owners => table.Owners;
}

/// <summary>As <see cref="RadixTableDebugView{TValue}"/>, for the table's dictionary view.</summary>
internal sealed class RadixTableDictionaryDebugView<TValue>(RadixTableDictionary<TValue> dictionary)
    where TValue : unmanaged
{
    /// <summary>The first entries, in ascending order of keys.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.RootHidden)]
    public DebugEntry<TValue>[] Entries => new RadixTableDebugView<TValue>(dictionary.Table).Entries;
}

/// <summary>An entry, its key in both notations.</summary>
[DebuggerDisplay("{Value}", Name = "[{Key}  {Hex,nq}]")]
internal readonly record struct DebugEntry<TValue>(ulong Key, TValue Value)
{
    public string Hex => $"0x{Key:x}";
}
