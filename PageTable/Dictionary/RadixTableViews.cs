using System.Collections;

namespace Alloc.PageTable;

/// <summary>What the views of keys and values have in common: they show a dictionary's table and change nothing.</summary>
internal abstract class RadixTableView<TValue, TItem>(RadixTableDictionary<TValue> dictionary) : ICollection<TItem>, IReadOnlyCollection<TItem>
    where TValue : unmanaged
{
    protected RadixTable<TValue> Table => dictionary.Table;

    public int Count => dictionary.Count;

    public bool IsReadOnly => true;

    public abstract bool Contains(TItem item);

    public void CopyTo(TItem[] array, int arrayIndex) => dictionary.CopyTo(array, arrayIndex, Select);

    public IEnumerator<TItem> GetEnumerator()
    {
        // Not an iterator from the start: a disposed table throws here, as the table itself does.
        RadixTable<TValue>.Enumerator entries = Table.GetEnumerator();
        return Enumerate(entries);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    void ICollection<TItem>.Add(TItem item) => throw ReadOnly();

    bool ICollection<TItem>.Remove(TItem item) => throw ReadOnly();

    void ICollection<TItem>.Clear() => throw ReadOnly();

    protected abstract TItem Select(KeyValuePair<ulong, TValue> entry);

    private IEnumerator<TItem> Enumerate(RadixTable<TValue>.Enumerator entries)
    {
        while (entries.MoveNext()) yield return Select(entries.Current);
    }

    private static NotSupportedException ReadOnly() => new("A dictionary's Keys and Values are read-only; change the dictionary itself.");
}

internal sealed class RadixTableKeyView<TValue>(RadixTableDictionary<TValue> dictionary) : RadixTableView<TValue, ulong>(dictionary)
    where TValue : unmanaged
{
    public override bool Contains(ulong item) => Table.ContainsKey(item);

    protected override ulong Select(KeyValuePair<ulong, TValue> entry) => entry.Key;
}

internal sealed class RadixTableValueView<TValue>(RadixTableDictionary<TValue> dictionary) : RadixTableView<TValue, TValue>(dictionary)
    where TValue : unmanaged
{
    public override bool Contains(TValue item)
    {
        foreach (KeyValuePair<ulong, TValue> entry in Table)
        {
            if (EqualityComparer<TValue>.Default.Equals(entry.Value, item)) return true;
        }
        return false;
    }

    protected override TValue Select(KeyValuePair<ulong, TValue> entry) => entry.Value;
}
