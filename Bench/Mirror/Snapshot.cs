using System.Runtime.InteropServices;

namespace Alloc.Bench.Mirror;

/// <summary>
/// What was read at one moment: ascending keys, each with its 64-bit word. Arrays grow; a snapshot is used again for the next
/// reading.
/// </summary>
internal sealed class Snapshot
{
    private readonly List<ulong> _keys = [];
    private readonly List<ulong> _words = [];

    public int Count => _keys.Count;

    public ReadOnlySpan<ulong> Keys => CollectionsMarshal.AsSpan(_keys);

    public ReadOnlySpan<ulong> Words => CollectionsMarshal.AsSpan(_words);

    public void Clear()
    {
        _keys.Clear();
        _words.Clear();
    }

    /// <summary>
    /// Adds an entry behind the last one; mappings that overlap because they changed under the reader are cut to ascending order.
    /// </summary>
    public bool Add(ulong key, ulong word)
    {
        if (_keys.Count > 0 && key <= _keys[^1])
        {
            return false;
        }

        _keys.Add(key);
        _words.Add(word);
        return true;
    }

    /// <summary>
    /// How many aligned spans of 2^bits keys hold at least one entry: for 9 bits, the last-level tables of a hardware page table.
    /// </summary>
    public int CountSpans(int bits)
    {
        var spans = 0;
        var last = 0UL;
        foreach (var key in Keys)
        {
            if (spans == 0 || key >> bits != last)
            {
                spans++;
                last = key >> bits;
            }
        }

        return spans;
    }

    /// <summary>How many keys of this snapshot another lacks.</summary>
    public int CountMissingFrom(Snapshot other)
    {
        var missing = 0;
        var theirs = other.Keys;
        var i = 0;
        foreach (var key in Keys)
        {
            while (i < theirs.Length && theirs[i] < key)
            {
                i++;
            }

            if (i == theirs.Length || theirs[i] != key)
            {
                missing++;
            }
        }

        return missing;
    }
}
