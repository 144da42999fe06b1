using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Mirror;

/// <summary>
/// A radix table that follows what a source shows: brings a snapshot in, and verifies that the table then holds it and nothing
/// else.
/// </summary>
internal sealed class TableMirror : IDisposable
{
    private readonly PageAllocator _allocator = new();
    private readonly RcuDomain _domain = new();
    private readonly RadixTable<ulong> _table;

    public TableMirror() => _table = new RadixTable<ulong>(new RadixTableOptions { Allocator = _allocator, Domain = _domain });

    public RadixTableStatistics Statistics => _table.GetStatistics();

    /// <summary>Removes the ranges between the snapshot's keys, then adds or updates each key.</summary>
    public (long Added, long Updated, long Removed) Apply(Snapshot snapshot)
    {
        var removed = RemoveWhatLiesBetween(snapshot.Keys);
        long added = 0;
        long updated = 0;
        for (var i = 0; i < snapshot.Count; i++)
        {
            var (key, word) = (snapshot.Keys[i], snapshot.Words[i]);
            if (!_table.TryGetValue(key, out var old))
            {
                added += _table.TryAdd(key, word) ? 1 : 0;
            }
            else if (old != word)
            {
                _table[key] = word;
                updated++;
            }
        }

        return (added, updated, removed);
    }

    /// <summary>
    /// Looks up every key, and the absent neighbours of every key; enumerates in order; compares the count. Null when all is right,
    /// otherwise the first thing that is not.
    /// </summary>
    public string? FindMistake(Snapshot snapshot)
    {
        var keys = snapshot.Keys;
        var words = snapshot.Words;
        for (var i = 0; i < keys.Length; i++)
        {
            if (!_table.TryGetValue(keys[i], out var word) || word != words[i])
            {
                return $"the lookup of {keys[i]:x} gives {word:x}, but {words[i]:x} was read";
            }

            var below = keys[i] - 1;
            if (keys[i] > 0 && (i == 0 || keys[i - 1] != below) && _table.ContainsKey(below))
            {
                return $"{below:x} is found, but was not read";
            }

            var above = keys[i] + 1;
            if (above != 0 && (i == keys.Length - 1 || keys[i + 1] != above) && _table.ContainsKey(above))
            {
                return $"{above:x} is found, but was not read";
            }
        }

        var next = 0;
        foreach (var (key, word) in _table)
        {
            if (next == snapshot.Count || key != snapshot.Keys[next] || word != snapshot.Words[next])
            {
                return $"the enumeration gives {key:x} as entry {next}, but "
                    + (next == snapshot.Count ? "no more were read" : $"{snapshot.Keys[next]:x} was read");
            }

            next++;
        }

        return next != snapshot.Count ? $"the enumeration ends after {next} of {snapshot.Count} entries"
            : _table.Count != snapshot.Count ? $"Count is {_table.Count}, but {snapshot.Count} entries were read"
            : null;
    }

    /// <summary>Removes everything, waits until it is freed, and returns what the emptied table still holds.</summary>
    public (long Removed, RadixTableStatistics After) RemoveAll()
    {
        var removed = _table.RemoveRange(0, ulong.MaxValue);
        _domain.Barrier();
        return (removed, _table.GetStatistics());
    }

    public void Dispose()
    {
        _table.Dispose();
        _domain.Dispose();
        _allocator.Dispose();
    }

    private long RemoveWhatLiesBetween(ReadOnlySpan<ulong> keys)
    {
        long removed = 0;
        var from = 0UL;
        foreach (var key in keys)
        {
            if (key > from)
            {
                removed += _table.RemoveRange(from, key - 1);
            }

            from = key + 1;
            if (from == 0)
            {
                return removed; // the last key there is
            }
        }

        return removed + _table.RemoveRange(from, ulong.MaxValue);
    }
}
