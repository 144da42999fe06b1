using System.Runtime.CompilerServices;
using Alloc.Native;

namespace Alloc.PageTable;

/// <summary>A small node: the value words of a window of neighbouring keys, at any base, of at most 508.</summary>
/// <remarks>
/// <code>
/// +0   the head that defers its free
/// +16  base: the first key of the window
/// +24  count of words (32 bits), bytes of the node (32 bits)
/// +32  value words
/// </code>
/// The child word has the low nine bits of the base, so a lookup knows the word's place without the header; it compares the bounds before it
/// loads the value, since a foreign key's place may lie past the block's end. All but the words and the head is constant once
/// published.
/// </remarks>
internal readonly unsafe struct Run(ulong* address)
{
    public const int HeaderBytes = HeaderWords * sizeof(ulong);
    public const int MaxCount = (Page.Size - HeaderBytes) / sizeof(ulong);
    private const int HeaderWords = 4;
    private const int BaseWord = 2;

    public readonly ulong* Address = address;

    public ulong Base => Address[BaseWord];

    public int Count => *(int*)(Address + BaseWord + 1);

    public int Bytes => *((int*)(Address + BaseWord + 1) + 1);

    public ulong* Words => Address + HeaderWords;

    public Window Window => new(Words, Base, Count);

    /// <summary>Makes a block of so many bytes a private run whose window ends with the slot that it lies in; the words are the caller's to write.</summary>
    public static Run Format(byte* block, int bytes, ulong firstKey, ulong lastOfSlot)
    {
        var run = new Run((ulong*)block);
        run.Address[BaseWord] = firstKey;
        *(int*)(run.Address + BaseWord + 1) = (int)Math.Min((ulong)(bytes - HeaderBytes) / sizeof(ulong) - 1, lastOfSlot - firstKey) + 1;
        *((int*)(run.Address + BaseWord + 1) + 1) = bytes;
        return run;
    }

    /// <summary>The place of a key's value word, for a child word that names a run; null where the window does not cover the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* Find(ulong childWord, ulong key)
    {
        ulong* address = (ulong*)(childWord >> ChildWord.AddressShift);
        if (key - address[BaseWord] >= *(uint*)(address + BaseWord + 1)) return null;
        return PlaceOf(childWord, key);
    }

    /// <summary>The value word at <see cref="Find"/>'s place, or ABSENT.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ulong childWord, ulong key)
    {
        ulong* address = (ulong*)(childWord >> ChildWord.AddressShift);
        if (key - address[BaseWord] >= *(uint*)(address + BaseWord + 1)) return ValueWord.Absent;
        return SharedWord.Read(address, HeaderWords + ((key - childWord) & Geometry.IndexMask));
    }

    /// <summary>Where the key's value word lies if the window covers the key; perhaps past the block's end if not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* PlaceOf(ulong childWord, ulong key) =>
        (ulong*)(childWord >> ChildWord.AddressShift) + HeaderWords + ((key - childWord) & Geometry.IndexMask);
}
