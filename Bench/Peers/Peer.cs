namespace Alloc.Bench.Peers;

/// <summary>The loops over an adapter. Each takes the adapter into a local first, so that its reference stays in a register.</summary>
internal class Peer<TIndex, TValue>(string name, TIndex index, bool isView = false) : IndexPeer(name)
    where TIndex : struct, IIndex<TValue>
    where TValue : unmanaged
{
    private readonly TIndex _index = index;

    public override long Count => _index.Count;

    public override long? NativeBytes => _index.NativeBytes;

    protected TIndex Index => _index;

    protected bool IsView => isView;

    public override ulong Insert(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        var (index, added) = (_index, 0UL);
        for (var i = 0; i < keys.Length; i++)
        {
            added += index.TryAdd(keys[i], Payload.Of<TValue>(values[i])) ? 1UL : 0;
        }

        return added;
    }

    public override ulong Set(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        var index = _index;
        for (var i = 0; i < keys.Length; i++)
        {
            index.Set(keys[i], Payload.Of<TValue>(values[i]));
        }

        return (ulong)keys.Length;
    }

    public override ulong Lookup(ReadOnlySpan<ulong> keys)
    {
        var (index, sum) = (_index, 0UL);
        foreach (var key in keys)
        {
            sum += index.TryGet(key, out var value) ? Payload.Word(value) : 0;
        }

        return sum;
    }

    public override ulong LookupChain(ReadOnlySpan<ulong> keys, ulong zero)
    {
        var (index, sum) = (_index, 0UL);
        foreach (var key in keys)
        {
            sum += index.TryGet(key + (sum & zero), out var value) ? Payload.Word(value) : 0;
        }

        return sum;
    }

    public override ulong ScanInOrder() => _index.ScanInOrder();

    public override ulong Remove(ReadOnlySpan<ulong> keys)
    {
        var (index, removed) = (_index, 0UL);
        foreach (var key in keys)
        {
            removed += index.TryRemove(key) ? 1UL : 0;
        }

        return removed;
    }

    /// <summary>Where the index has no such operation its user tries every key of a short range, and looks through all keys for a long one.</summary>
    public override ulong RemoveRange(ulong first, ulong last)
    {
        if (_index.TryRemoveRange(first, last, out var removed))
        {
            return removed;
        }

        if (last - first < (ulong)_index.Count)
        {
            for (var key = first; ; key++)
            {
                removed += _index.TryRemove(key) ? 1UL : 0;
                if (key == last)
                {
                    return removed;
                }
            }
        }

        ulong[] inside = [.. _index.Keys().Where(key => key >= first && key <= last)];
        return Remove(inside);
    }

    public override ulong Run(ReadOnlySpan<Operation> operations)
    {
        var (index, sum) = (_index, 0UL);
        foreach (ref readonly var operation in operations)
        {
            switch (operation.Kind)
            {
                case OperationKind.Get:
                    sum += index.TryGet(operation.Key, out var value) ? Payload.Word(value) - operation.Value : 0;
                    break;
                case OperationKind.Set:
                    index.Set(operation.Key, Payload.Of<TValue>(operation.Value));
                    sum++;
                    break;
                case OperationKind.Add:
                    sum += index.TryAdd(operation.Key, Payload.Of<TValue>(operation.Value)) ? 1UL : 0;
                    break;
                case OperationKind.Remove:
                    sum += index.TryRemove(operation.Key) ? 1UL : 0;
                    break;
                default:
                    sum += RemoveRange(operation.Key, operation.Value);
                    break;
            }
        }

        return sum;
    }

    public override void Trim() => _index.Trim();

    public override IndexPeer ForThisThread() => new Peer<TIndex, TValue>(Name, Entered(), isView: true);

    public override void Dispose()
    {
        if (isView)
        {
            _index.LeaveThread();
        }
        else
        {
            _index.Dispose();
        }
    }

    protected TIndex Entered()
    {
        var view = _index;
        view.EnterThread();
        return view;
    }
}
