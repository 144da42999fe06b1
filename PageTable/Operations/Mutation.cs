using System.Diagnostics;

namespace Alloc.PageTable;

/// <summary>What an operation does to the value words that it concerns.</summary>
internal enum MutationKind : byte
{
    /// <summary>Nothing: a plain copy of the node.</summary>
    None,

    /// <summary>Nothing: a copy without room to grow.</summary>
    Shrink,

    /// <summary>The value, whatever was there.</summary>
    Set,

    /// <summary>The value, where none is.</summary>
    Add,

    /// <summary>The value, where the expected one is.</summary>
    CompareAndSet,

    /// <summary>Absent, where a value is.</summary>
    Remove,

    /// <summary>Absent, where the expected value is.</summary>
    CompareAndRemove,

    /// <summary>Absent, from <see cref="Mutation.Key"/> to <see cref="Mutation.LastKey"/>.</summary>
    RemoveRange,
}

internal enum MutationStatus : byte
{
    /// <summary>The operation has changed the table.</summary>
    Applied,

    /// <summary>Its condition failed; <see cref="Mutation.OldWord"/> is what stood there.</summary>
    Refused,

    /// <summary>Another thread's step came first: walk again.</summary>
    Retry,

    /// <summary>It needed memory and got none; the table is as it was.</summary>
    NoMemory,

    /// <summary>The table is disposed.</summary>
    Disposed,
}

/// <summary>One operation on value words: done in place by a compare-and-swap, or in the copy of a frozen node (F3).</summary>
internal unsafe struct Mutation
{
    public required MutationKind Kind { get; init; }

    public required ulong Key { get; init; }

    /// <summary>For <see cref="MutationKind.RemoveRange"/>: the last key, inclusive.</summary>
    public ulong LastKey { get; init; }

    public ulong NewWord { get; set; }

    /// <summary>The word that the user accepted, where the value lay in it; otherwise <see cref="ExpectedBits"/> serves.</summary>
    public ulong ExpectedWord { get; init; }

    /// <summary>The bytes that the user accepted, padding included, for a value that lives in a cell.</summary>
    public byte* ExpectedBits { get; init; }

    public int ValueSize { get; init; }

    /// <summary>What stood there before, without its mark.</summary>
    public ulong OldWord;

    /// <summary>For <see cref="MutationKind.RemoveRange"/>: how many values this thread has removed.</summary>
    public long Removed;

    public static Mutation None => new() { Kind = MutationKind.None, Key = 0 };

    public static Mutation Shrink => new() { Kind = MutationKind.Shrink, Key = 0 };

    public readonly bool Inserts => Kind is MutationKind.Set or MutationKind.Add;

    /// <summary>Whether the operation may be refused memory; a removal never is.</summary>
    public readonly bool MayFail => Kind is MutationKind.Set or MutationKind.Add or MutationKind.CompareAndSet;

    public readonly ulong Replacement => Kind >= MutationKind.Remove ? ValueWord.Absent : NewWord;

    /// <summary>Whether the operation applies to the unmarked word <paramref name="present"/>.</summary>
    public readonly bool Accepts(ulong present)
    {
        Debug.Assert(!ValueWord.IsFrozen(present));
        return Kind switch
        {
            MutationKind.Set => true,
            MutationKind.Add => present == ValueWord.Absent,
            MutationKind.Remove => present != ValueWord.Absent,
            _ => present != ValueWord.Absent && Matches(present),
        };
    }

    /// <summary>Does the operation in the copy of a node whose pass is done (F3): Applied, or Refused by what the frozen content is for good.</summary>
    public MutationStatus Edit(ref Content content)
    {
        switch (Kind)
        {
            case MutationKind.None or MutationKind.Shrink:
                return MutationStatus.Applied;
            case MutationKind.RemoveRange:
                content.Remove(Key, LastKey);
                return MutationStatus.Applied;
        }
        int index = content.IndexOf(Key);
        OldWord = index < 0 ? ValueWord.Absent : content.Words[index];
        if (!Accepts(OldWord)) return MutationStatus.Refused;
        if (Replacement == ValueWord.Absent) content.Remove(Key, Key);
        else if (index < 0) content.Add(Key, Replacement);
        else content.Words[index] = Replacement;
        return MutationStatus.Applied;
    }

    // F9: between the section in which the user accepted a value and this one the cell may have gone and its address come back,
    // so bits are compared, never addresses.
    private readonly bool Matches(ulong present)
    {
        if (ExpectedBits == null) return present == ExpectedWord;
        return ValueWord.IsCell(present)
            && new ReadOnlySpan<byte>(ValueWord.Cell(present).Value, ValueSize).SequenceEqual(new ReadOnlySpan<byte>(ExpectedBits, ValueSize));
    }
}
