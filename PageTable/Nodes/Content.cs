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

    // One place more than there can be entries, so that whoever stores first and counts afterwards may do so when all are there.
    private const int Room = Capacity + 1;

    public const int MemoryWords = 3 * Room;

    public readonly ulong* Keys = memory;
    public readonly ulong* Words = memory + Room;
    private readonly ulong* _removed = memory + 2 * Room;

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

    /// <summary>After entries were stored behind those that there are, in any order.</summary>
    public void Added(int count)
    {
        Debug.Assert(Count + count <= Capacity);
        IsSorted &= count == 0;
        Count += count;
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
}

/// <summary>Room for a <see cref="Content"/> in its user's frame. Not by <c>stackalloc</c>: the JIT would compile a method with that and a loop once and for all, before it
/// knows what is constant.</summary>
[InlineArray(Content.MemoryWords)]
internal struct ContentMemory
{
    private ulong _first;
}
