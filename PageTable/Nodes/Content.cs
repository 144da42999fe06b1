using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>The entries of one terminal node on their way into another: keys, and value words without their mark.</summary>
/// <remarks>In memory of the caller's frame (<see cref="ContentMemory"/>), three arrays of <see cref="Capacity"/>. What an operation removes is kept, so that its cells are still known when the swing
/// has won.</remarks>
internal unsafe ref struct Content(ulong* memory)
{
    /// <summary>A leaf table's values, and one that an operation adds.</summary>
    public const int Capacity = Geometry.SlotsPerTable + 1;

    public const int MemoryWords = 3 * Capacity;

    public readonly ulong* Keys = memory;
    public readonly ulong* Words = memory + Capacity;
    private readonly ulong* _removed = memory + 2 * Capacity;

    public int Count { get; private set; }

    public int RemovedCount { get; private set; }

    /// <summary>Whether the keys ascend, as they do from a window.</summary>
    public bool IsSorted { get; private set; } = true;

    public void Add(ulong key, ulong word)
    {
        Debug.Assert(Count < Capacity && !ValueWord.IsAbsent(word));
        IsSorted &= Count == 0 || Keys[Count - 1] < key;
        Keys[Count] = key;
        Words[Count] = word;
        Count++;
    }

    public readonly ulong RemovedWord(int i) => _removed[i];

    /// <summary>The place of a key, or -1.</summary>
    public readonly int IndexOf(ulong key) => new ReadOnlySpan<ulong>(Keys, Count).IndexOf(key);

    public readonly Entries Entries => new(Keys, Words, Count, IsSorted);

    /// <summary>Takes every entry out whose key lies in the range; the others keep their order.</summary>
    public void Remove(ulong first, ulong last)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            ulong key = Keys[i], word = Words[i];
            if (key >= first && key <= last)
            {
                _removed[RemovedCount++] = word;
                continue;
            }
            Keys[kept] = key;
            Words[kept++] = word;
        }
        Count = kept;
    }

    public void Sort()
    {
        Entries.Sorted();
        IsSorted = true;
    }

    /// <summary>Brings the lowest keys to the front, in order; the rest stays as it falls.</summary>
    /// <returns>How many are in order: as many as were asked for, or all.</returns>
    public readonly int SortLowest(int wanted)
    {
        int from = 0, to = Count;
        // Quickselect: narrows [from, to) around the border until what lies before it is what is wanted.
        while (wanted > from && wanted < to && to - from > 1)
        {
            ulong pivot = Keys[from + (to - from) / 2];
            int i = from, j = to - 1;
            while (i <= j)
            {
                while (Keys[i] < pivot) i++;
                while (Keys[j] > pivot) j--;
                if (i > j) break;
                (Keys[i], Keys[j]) = (Keys[j], Keys[i]);
                (Words[i], Words[j]) = (Words[j], Words[i]);
                i++;
                j--;
            }
            if (wanted <= j + 1) to = j + 1;
            else if (wanted >= i) from = i;
            else break;
        }
        int sorted = Math.Min(wanted, Count);
        new Span<ulong>(Keys, sorted).Sort(new Span<ulong>(Words, sorted));
        return sorted;
    }
}

/// <summary>Room for a <see cref="Content"/> in its user's frame. Not by <c>stackalloc</c>: the JIT would compile a method with that and a loop once and for all, before it
/// knows what is constant.</summary>
[InlineArray(Content.MemoryWords)]
internal struct ContentMemory
{
    private ulong _first;
}
