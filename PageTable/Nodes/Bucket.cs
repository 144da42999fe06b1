using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Alloc.Native;

namespace Alloc.PageTable;

/// <summary>A small node: hashed pairs of key and value word, in groups of four pairs, a cache line each.</summary>
/// <remarks>
/// <code>
/// group 0   | head (16 bytes) | key word | key word | key word |     the head defers the node's free
/// group i   | key word | key word | key word | key word |
/// </code>
/// A key's hash picks the group where its search begins; one vector compare finds it in a line. The search goes on to the next group, round the
/// end, until a lane that is not claimed ends it.
/// <para>Key lanes go EMPTY → key or EMPTY → FROZEN and never back (F7); inserters claim the first free lane in the order of search, so two
/// inserters of a key meet in one lane. A removed value leaves its key; the next copy drops it. The two patterns are keys that
/// <see cref="Fit"/> never puts into a bucket, and nobody looks for them there.</para>
/// </remarks>
internal readonly unsafe struct Bucket(ulong* address, int groups)
{
    public const ulong Empty = ulong.MaxValue;
    public const ulong Frozen = ulong.MaxValue - 1;
    public const int MaxGroups = Page.Size / Geometry.LineBytes;
    public const int LanesPerGroup = 4;
    public const int FirstLane = 1;
    private const int WordsPerLane = 2;
    private const int LastWord = (LanesPerGroup - 1) * WordsPerLane;

    public readonly ulong* Address = address;
    public readonly int Groups = groups;

    public int Bytes => Groups * Geometry.LineBytes;

    public int EndLane => Groups * LanesPerGroup;

    /// <summary>Whether a key's pattern means EMPTY or FROZEN in a bucket.</summary>
    public static bool IsReserved(ulong key) => key >= Frozen;

    /// <summary>Makes a block of so many groups a private bucket without keys.</summary>
    public static Bucket Format(byte* block, int groups)
    {
        var bucket = new Bucket((ulong*)block, groups);
        Vector256<ulong> free = Vector256.Create(Empty, ValueWord.Absent, Empty, ValueWord.Absent);
        for (int i = 0; i < groups * Geometry.WordsPerLine; i += 4) free.Store(bucket.Address + i);
        bucket.Address[0] = 0;
        return bucket;
    }

    /// <summary>Puts entries into a private bucket without keys that has room for them.</summary>
    public void Fill(in Entries entries)
    {
        // Counted aside, not read back from lines that were just written in parts.
        LanesTaken counts = default;
        byte* taken = (byte*)&counts;
        taken[0] = FirstLane;
        for (int i = 0; i < entries.Count; i++)
        {
            int group = (int)GroupOf(entries.Keys[i], (uint)Groups);
            while (taken[group] == LanesPerGroup)
            {
                if (++group == Groups) group = 0;
            }
            ulong* pair = Address + (group * LanesPerGroup + taken[group]++) * WordsPerLane;
            pair[0] = entries.Keys[i];
            pair[1] = entries.Words[i];
        }
    }

    [InlineArray(MaxGroups)]
    private struct LanesTaken
    {
        private byte _first;
    }

    /// <summary>The place of a key's value word, for a child word that names a bucket; null where no lane has the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* Find(ulong childWord, ulong key)
    {
        if (IsReserved(key)) return null;
        ulong* line = LineOf(childWord, key);
        if (Sse.IsSupported) Sse.Prefetch0(line + Geometry.WordsPerLine); // the line after a full one, or nobody's: no matter
        if (Interleaving.Enabled) Interleaving.Point(Step.Read, line);
        ulong hits = Matches(line, key);
        if (hits != 0)
        {
            ulong* value = line + BitOperations.TrailingZeroCount(hits) + 1;
            if (value != (ulong*)(childWord >> ChildWord.AddressShift) + 1) return value;
            return FindBehindHead(childWord, key);
        }
        return HasFreeLane(line) ? null : FindFurther(childWord, key, line);
    }

    /// <summary>The value word at <see cref="Find"/>'s place, or ABSENT. On its own, since a null to be told apart costs a lookup four instructions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ulong childWord, ulong key)
    {
        if (IsReserved(key)) return ValueWord.Absent;
        ulong* first = (ulong*)(childWord >> ChildWord.AddressShift);
        ulong at = GroupOf(key, childWord & ChildWord.GroupsMask) * Geometry.WordsPerLine;
        ulong* line = first + at;
        if (Interleaving.Enabled) Interleaving.Point(Step.Read, line);
        ulong hits = Matches(line, key);
        if (hits == 0) return HasFreeLane(line) ? ValueWord.Absent : Read(FindFurther(childWord, key, line));
        at += (uint)BitOperations.TrailingZeroCount(hits);
        return at != 0 ? SharedWord.Read(first, at + 1) : Read(FindBehindHead(childWord, key));
    }

    private static ulong Read(ulong* place) => place == null ? ValueWord.Absent : new SharedWord(place).Read();

    /// <summary>The line where a key's search begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* LineOf(ulong childWord, ulong key) =>
        (ulong*)(childWord >> ChildWord.AddressShift) + GroupOf(key, childWord & ChildWord.GroupsMask) * Geometry.WordsPerLine;

    // The head looked like the key: it is no lane.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong* FindBehindHead(ulong childWord, ulong key)
    {
        ulong* line = (ulong*)(childWord >> ChildWord.AddressShift);
        ulong hits = Matches(line, key) & ~1UL;
        if (hits != 0) return line + BitOperations.TrailingZeroCount(hits) + 1;
        return HasFreeLane(line) ? null : FindFurther(childWord, key, line);
    }

    // Every other group in turn, until one has a free lane.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong* FindFurther(ulong childWord, ulong key, ulong* line)
    {
        ulong* first = (ulong*)(childWord >> ChildWord.AddressShift);
        ulong* end = first + (childWord & ChildWord.GroupsMask) * Geometry.WordsPerLine;
        ulong* home = line;
        while (true)
        {
            line += Geometry.WordsPerLine;
            if (line == end) line = first;
            if (line == home) return null;
            if (Interleaving.Enabled) Interleaving.Point(Step.Read, line);
            ulong hits = Matches(line, key);
            if (line == first) hits &= ~1UL;
            if (hits != 0) return line + BitOperations.TrailingZeroCount(hits) + 1;
            if (HasFreeLane(line)) return null;
        }
    }

    /// <summary>
    /// The lane of a key, claimed for it where it has none. Crowded: no free lane near enough, a larger bucket is due. Frozen: the search met a
    /// lane that nobody can claim any more; the key is not in the bucket.
    /// </summary>
    public Claim TryClaim(ulong key, out SharedWord value)
    {
        int group = (int)GroupOf(key, (uint)Groups);
        int probes = 0;
        while (probes < Groups)
        {
            ulong* line = Address + group * Geometry.WordsPerLine;
            // Once for all three questions: a lane seen without the key and then seen taken would let the key in twice (F7).
            Vector512<ulong> lanes = SharedWord.ReadLine(line);
            ulong hits = Matches(lanes, key);
            if (group == 0) hits &= ~1UL;
            if (hits != 0)
            {
                value = new SharedWord(line + BitOperations.TrailingZeroCount(hits) + 1);
                return Claim.Found;
            }
            ulong free = Matches(lanes, Empty); // never the head
            if (free == 0)
            {
                if (Matches(lanes, Frozen) != 0) break;
                if (++group == Groups) group = 0;
                probes++;
                continue;
            }
            int word = BitOperations.TrailingZeroCount(free);
            // Looked at where a line becomes full: often enough, and each look reads the whole bucket.
            if (probes > 1 && word == LastWord && Groups > 2 && LooksCrowded)
            {
                value = default;
                return Claim.Crowded;
            }
            ulong present = new SharedWord(line + word).CompareExchange(Empty, key);
            if (present == Empty || present == key)
            {
                value = new SharedWord(line + word + 1);
                return Claim.Found;
            }
            // Another key, and the line is looked at again; or FROZEN, which the next look finds.
        }
        value = default;
        return probes == Groups ? Claim.Crowded : Claim.Frozen;
    }

    /// <summary>A pass begins with the first lane, so one look tells whether it has begun (F1).</summary>
    public bool FreezeHasBegun
    {
        get
        {
            ulong key = KeyLane(FirstLane).Read();
            return key == Frozen || (key != Empty && ValueWord.IsFrozen(ValueLane(FirstLane).Read()));
        }
    }

    /// <summary>The whole pass (F2): free lanes become FROZEN, the values of the others frozen.</summary>
    public void Freeze(ref Content content)
    {
        for (int lane = FirstLane; lane < EndLane; lane++)
        {
            ulong key = FreezeKey(lane);
            if (key == Frozen) continue;
            ulong word = ValueLane(lane).Freeze(ValueWord.FrozenBit);
            if (!ValueWord.IsAbsent(word)) content.Add(key, ValueWord.Unfrozen(word));
        }
    }

    /// <summary>What a lane's key is for good: FROZEN where nobody had claimed it.</summary>
    public ulong FreezeKey(int lane)
    {
        ulong key = KeyLane(lane).Read();
        if (key != Empty) return key;
        key = KeyLane(lane).FreezeLane(Empty, Frozen);
        return key == Empty ? Frozen : key;
    }

    public SharedWord KeyLane(int lane) => new(Address + lane * WordsPerLane);

    public SharedWord ValueLane(int lane) => new(Address + lane * WordsPerLane + 1);

    /// <summary>The entries whose keys lie in a range, in the order of lanes; what is read is right for the reason given at <see cref="Lookup"/>.</summary>
    public void Collect(ulong first, ulong last, ref Content content)
    {
        // Every lane is stored and only what is wanted is counted: which lanes are in use no processor can foretell.
        ulong* keys = content.Keys + content.Count, words = content.Words + content.Count;
        ulong reach = last - first;
        int count = 0;
        for (int lane = FirstLane; lane < EndLane; lane++)
        {
            ulong key = KeyLane(lane).Read();
            ulong word = ValueWord.Unfrozen(ValueLane(lane).Read());
            keys[count] = key;
            words[count] = word;
            bool wanted = (key - first <= reach) & !IsReserved(key) & (word != ValueWord.Absent);
            count += wanted ? 1 : 0;
        }
        content.Added(count);
    }

    /// <summary>A guess that starts a replacement; the frozen content decides (F8). The line of the value just cleared comes first.</summary>
    public bool LooksEmpty(SharedWord cleared)
    {
        Fences.BetweenClearAndLook();
        int group = (int)(cleared.Location - Address) / Geometry.WordsPerLine;
        for (int i = 0; i < Groups; i++)
        {
            for (int lane = group == 0 ? FirstLane : 0; lane < LanesPerGroup; lane++)
            {
                if (!ValueWord.IsAbsent(ValueLane(group * LanesPerGroup + lane).Read())) return false;
            }
            if (++group == Groups) group = 0;
        }
        return true;
    }

    // More than four lanes of five: then another line's probe costs more than a copy. A guess, in any order.
    private bool LooksCrowded
    {
        get
        {
            int missing = (EndLane + LanesPerGroup) / 5;
            ulong* end = Address + Groups * Geometry.WordsPerLine;
            for (ulong* line = Address; line < end; line += Geometry.WordsPerLine)
            {
                missing -= BitOperations.PopCount(Matches(SharedWord.ReadLine(line), Empty)); // the head is not EMPTY
                if (missing <= 0) return false;
            }
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint GroupOf(ulong key, ulong groups)
    {
        // Fibonacci hashing (Knuth), scaled to the number of groups by the upper half of a product.
        ulong hash = key * 0x9E3779B97F4A7C15;
        return (nuint)(Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(hash, groups) : Math.BigMul(hash, groups, out _));
    }

    // Bits 0, 2, 4, 6: the lanes whose key equals. In group 0 bit 0 is the head, which may look like a key.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Matches(ulong* line, ulong key) => Matches(Vector512.Load(line), key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Matches(Vector512<ulong> lanes, ulong key) => Vector512.Equals(lanes, Vector512.Create(key)).ExtractMostSignificantBits() & 0x55;

    // EMPTY and FROZEN differ in the last bit. The head's first word never has all its upper bits set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasFreeLane(ulong* line) =>
        (Vector512.Equals(Vector512.Load(line) | Vector512<ulong>.One, Vector512.Create(Empty)).ExtractMostSignificantBits() & 0x55) != 0;
}
