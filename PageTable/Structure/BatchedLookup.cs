using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Alloc.PageTable;

/// <summary>Many lookups at once, level by level, so that the processor waits for all their cache misses together.</summary>
/// <remarks>
/// A single lookup is a chain of loads, and only five or six fit into the processor's window side by side. Here each pass does one step of
/// every key: the steps of a pass do not depend on each other, and no branch waits for what is being loaded. Each key's walk is the walk of
/// <see cref="Lookup"/>, with its reasons; that others are done in between changes nothing, since a walk may take any time.
/// <para>Grouped prefetching of independent searches is due to Chen, Ailamaki, Gibbons and Mowry (2004), for hash joins.</para>
/// </remarks>
internal static unsafe class BatchedLookup
{
    /// <summary>Keys of a group: more would push each other out of the first cache and lengthen the section.</summary>
    public const int GroupSize = 32;

    /// <summary>The value words of at most <see cref="GroupSize"/> keys, inside a section.</summary>
    /// <param name="root">The root word.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="count">How many.</param>
    /// <param name="group">Where the words go, in the order of the keys.</param>
    public static void Find(SharedWord root, ulong* keys, int count, ref Group group)
    {
        fixed (ulong* words = &group[0])
        {
            ulong passed = Descend(root, keys, keys + count, words);
            // Only leaf tables depend on the marks. Where any was passed, they are walked to once more, each with its own.
            ulong small = (passed & ChildWord.SkipBit) == 0
                ? ReadTables(keys, count, words)
                : FindInTables(root, keys, count, words);
            if (small != 0) ReadSmall(keys, words, small);
        }
    }

    /// <summary>Every key's terminal word, and all the marks that were passed.</summary>
    private static ulong Descend(SharedWord root, ulong* keys, ulong* end, ulong* words)
    {
        ulong top = root.Read();
        ulong passed = top;
        ulong* place = words;
        if ((top & ChildWord.DirectoryBit) == 0)
        {
            for (ulong* key = keys; key < end; key++) *place++ = top;
            return passed;
        }
        // Nothing lies above the bits that the root decides if there are none, or if zeros are skipped.
        int decided = (int)top + Geometry.BitsPerTable;
        ulong foreign = (top & ChildWord.ZerosBit) != 0 ? ~0UL : 0;
        ulong* slots = (ulong*)(top >> ChildWord.AddressShift);
        ulong directories = 0;
        for (ulong* key = keys; key < end; key++)
        {
            ulong word = new SharedWord(slots + ((*key >> (int)top) & Geometry.IndexMask)).Read();
            if (((*key >> decided) & foreign) != 0) word = ChildWord.Empty.Bits;
            *place++ = word;
            directories |= word;
        }
        while ((directories & ChildWord.DirectoryBit) != 0)
        {
            passed |= directories;
            directories = 0;
            place = words;
            for (ulong* key = keys; key < end; key++, place++)
            {
                ulong word = *place;
                if ((word & ChildWord.DirectoryBit) == 0) continue;
                word = new SharedWord((ulong*)(word >> ChildWord.AddressShift) + ((*key >> (int)word) & Geometry.IndexMask)).Read();
                *place = word;
                directories |= word;
            }
        }
        return passed | directories;
    }

    // The keys that lead to small nodes, as bits; of the others the value words.
    private static ulong ReadTables(ulong* keys, int count, ulong* words)
    {
        ulong small = 0;
        for (int i = 0; i < count; i++)
        {
            ulong word = words[i];
            if ((word & ChildWord.SmallBit) != 0)
            {
                small |= 1UL << i;
                Prefetch(word, keys[i]);
            }
            else
            {
                words[i] = (word & ChildWord.WindowBit) == 0
                    ? ValueWord.Absent
                    : new SharedWord((ulong*)(word >> ChildWord.AddressShift) + (keys[i] & Geometry.IndexMask)).Read();
            }
        }
        return small;
    }

    private static ulong FindInTables(SharedWord root, ulong* keys, int count, ulong* words)
    {
        ulong small = 0;
        for (int i = 0; i < count; i++)
        {
            ulong word = words[i];
            if ((word & ChildWord.SmallBit) != 0)
            {
                small |= 1UL << i;
                Prefetch(word, keys[i]);
            }
            else
            {
                words[i] = Lookup.Find(root, keys[i]);
            }
        }
        return small;
    }

    private static void ReadSmall(ulong* keys, ulong* words, ulong small)
    {
        for (; small != 0; small &= small - 1)
        {
            int i = BitOperations.TrailingZeroCount(small);
            ulong word = words[i];
            words[i] = (word & ChildWord.WindowBit) != 0 ? Run.Read(word, keys[i]) : Bucket.Read(word, keys[i]);
        }
    }

    // A small node's search branches on what it loads: the lines are to be there by then.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(ulong word, ulong key)
    {
        if (!Sse.IsSupported) return;
        ulong* node = (ulong*)(word >> ChildWord.AddressShift);
        if ((word & ChildWord.WindowBit) != 0)
        {
            Sse.Prefetch0(node);
            Sse.Prefetch0(Run.PlaceOf(word, key));
        }
        else
        {
            Sse.Prefetch0(Bucket.LineOf(word, key));
        }
    }

    /// <summary>The words of a group, in its user's frame.</summary>
    [InlineArray(GroupSize)]
    public struct Group
    {
        private ulong _first;
    }
}
