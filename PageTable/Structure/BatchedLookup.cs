using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Alloc.PageTable;

/// <summary>Many lookups at once, level by level, so that the processor waits for all their cache misses together.</summary>
/// <remarks>
/// A single lookup is a chain of loads, and only five or six fit into the processor's window side by side. Here each pass does one step of
/// every key: the steps of a pass do not depend on each other, and no branch waits for what is being loaded. Each key's walk is the walk of
/// <see cref="Lookup"/>, with its reasons; that others are done in between changes nothing, since a walk may take any time.
/// <para>A pass ends with prefetches of what the next one loads. They leave the window at once, where loads would fill it; so one group's last lines are under
/// way while the next group walks, and no line is waited for alone.</para>
/// <para>Grouped prefetching of independent searches is due to Chen, Ailamaki, Gibbons and Mowry (2004), for hash joins.</para>
/// </remarks>
internal static unsafe class BatchedLookup
{
    /// <summary>Keys of a group: more would push each other out of the first cache.</summary>
    public const int GroupSize = 32;

    /// <summary>Takes at most <see cref="GroupSize"/> keys down to their terminal nodes and has the lines fetched in which their values lie. Inside a section, which
    /// <see cref="Finish"/> is in as well.</summary>
    /// <param name="root">The root word.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="count">How many.</param>
    /// <param name="group">Has the child words afterwards.</param>
    public static void Start(SharedWord root, ulong* keys, int count, ref Group group)
    {
        ulong top = root.Read();
        ulong passed = top;
        fixed (ulong* words = &group.Words[0])
        {
            if ((top & ChildWord.DirectoryBit) == 0)
            {
                new Span<ulong>(words, count).Fill(top);
            }
            else
            {
                ulong met = Enter(top, keys, count, words);
                passed |= met;
                while ((met & ChildWord.DirectoryBit) != 0)
                {
                    met = Step(keys, count, words);
                    passed |= met;
                }
            }
            if ((passed & ChildWord.SmallBit) != 0) PrefetchSmall(keys, count, words);
        }
        group.Passed = passed;
    }

    /// <summary>The value words, in the order of the keys.</summary>
    /// <param name="root">The root word.</param>
    /// <param name="keys">The keys that were started with.</param>
    /// <param name="count">How many.</param>
    /// <param name="group">Has the child words; afterwards the value words.</param>
    public static void Finish(SharedWord root, ulong* keys, int count, ref Group group)
    {
        fixed (ulong* words = &group.Words[0])
        {
            if ((group.Passed & (ChildWord.SkipBit | ChildWord.SmallBit)) == 0)
            {
                for (int i = 0; i < count; i++) words[i] = ReadInTable(words[i], keys[i]);
            }
            else
            {
                FinishEach(root, keys, count, words, skipped: (group.Passed & ChildWord.SkipBit) != 0);
            }
        }
    }

    // Kind by kind, so that no branch depends on which key has which. Only leaf tables depend on the marks: where any was passed, they are walked to
    // once more, each with its own.
    private static void FinishEach(SharedWord root, ulong* keys, int count, ulong* words, bool skipped)
    {
        uint small = Having(ChildWord.SmallBit, words, count), window = Having(ChildWord.WindowBit, words, count);
        for (uint runs = small & window; runs != 0; runs &= runs - 1)
        {
            int i = BitOperations.TrailingZeroCount(runs);
            words[i] = Run.Read(words[i], keys[i]);
        }
        for (uint buckets = small & ~window; buckets != 0; buckets &= buckets - 1)
        {
            int i = BitOperations.TrailingZeroCount(buckets);
            words[i] = Bucket.Read(words[i], keys[i]);
        }
        for (uint tables = ~small & (uint)((1UL << count) - 1); tables != 0; tables &= tables - 1)
        {
            int i = BitOperations.TrailingZeroCount(tables);
            words[i] = skipped ? Lookup.Find(root, keys[i]) : ReadInTable(words[i], keys[i]);
        }
    }

    // The step from the root, whose slots are at hand. Nothing lies above the bits that it decides if there are none, or if zeros are skipped.
    private static ulong Enter(ulong top, ulong* keys, int count, ulong* words)
    {
        int decided = (int)top + Geometry.BitsPerTable;
        ulong foreign = (top & ChildWord.ZerosBit) != 0 ? ~0UL : 0;
        ulong met = 0;
        for (int i = 0; i < count; i++)
        {
            ulong key = keys[i];
            ulong word = new SharedWord(SlotOf(top, key)).Read();
            if (((key >> decided) & foreign) != 0) word = ChildWord.Empty.Bits;
            words[i] = word;
            met |= word;
            Prefetch(SlotOf(word, key));
        }
        return met;
    }

    // A step of every key that is at a directory.
    private static ulong Step(ulong* keys, int count, ulong* words)
    {
        ulong met = 0;
        for (uint left = Having(ChildWord.DirectoryBit, words, count); left != 0; left &= left - 1)
        {
            int i = BitOperations.TrailingZeroCount(left);
            ulong key = keys[i];
            ulong word = new SharedWord(SlotOf(words[i], key)).Read();
            words[i] = word;
            met |= word;
            Prefetch(SlotOf(word, key));
        }
        return met;
    }

    // Whose words have a bit, as bits.
    private static uint Having(ulong bit, ulong* words, int count)
    {
        uint having = 0;
        for (int i = 0; i < count; i++) having |= ((words[i] & bit) != 0 ? 1u : 0u) << i;
        return having;
    }

    // A directory's slot or a leaf table's value: the shift of a leaf table is zero. Of other words some address, which nobody reads.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong* SlotOf(ulong word, ulong key) => (ulong*)(word >> ChildWord.AddressShift) + ((key >> (int)word) & Geometry.IndexMask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadInTable(ulong word, ulong key) =>
        (word & ChildWord.WindowBit) == 0 ? ValueWord.Absent : SharedWord.Read((ulong*)(word >> ChildWord.AddressShift), key & Geometry.IndexMask);

    // A small node's search branches on what it loads: the lines are to be there by then.
    private static void PrefetchSmall(ulong* keys, int count, ulong* words)
    {
        uint small = Having(ChildWord.SmallBit, words, count), window = Having(ChildWord.WindowBit, words, count);
        for (uint runs = small & window; runs != 0; runs &= runs - 1)
        {
            int i = BitOperations.TrailingZeroCount(runs);
            Prefetch((ulong*)(words[i] >> ChildWord.AddressShift));
            Prefetch(Run.PlaceOf(words[i], keys[i]));
        }
        for (uint buckets = small & ~window; buckets != 0; buckets &= buckets - 1)
        {
            int i = BitOperations.TrailingZeroCount(buckets);
            Prefetch(Bucket.LineOf(words[i], keys[i]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(ulong* line)
    {
        if (Sse.IsSupported) Sse.Prefetch0(line);
    }

    /// <summary>A group on its way, in its user's frame.</summary>
    public struct Group
    {
        public Slots Words;

        /// <summary>All the words that were passed, ORed.</summary>
        public ulong Passed;

        [InlineArray(GroupSize)]
        public struct Slots
        {
            private ulong _first;
        }
    }
}
