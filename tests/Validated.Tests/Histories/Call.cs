using System.Runtime.CompilerServices;

namespace Alloc.Validated.Tests.Histories;

/// <summary>What a call of a history does: to its key, or to a range of keys.</summary>
internal enum CallKind : byte
{
    Get,

    /// <summary>Asks whether the key is there.</summary>
    Contains,

    /// <summary>Gets, through a cursor that had come to the key before the call.</summary>
    CursorGet,
    Set,
    Add,
    Remove,

    /// <summary>Sets, and tells what was there.</summary>
    Exchange,

    /// <summary>Adds <see cref="Call.Argument"/> to the value, where none counts as zero, and tells the sum.</summary>
    Plus,

    /// <summary>Sets where the value is <see cref="Call.Expected"/>.</summary>
    Update,

    /// <summary>Removes where the value is <see cref="Call.Expected"/>.</summary>
    RemoveExpected,

    /// <summary>Removes a range of which this key is the only one in use; tells whether it was there.</summary>
    RemoveRange,

    /// <summary>The entry nearest to <see cref="Call.First"/>, that key included.</summary>
    Neighbour,

    /// <summary>The entries from <see cref="Call.First"/> to <see cref="Call.Last"/>.</summary>
    Range,

    /// <summary>How many they are.</summary>
    Count,

    /// <summary>Changes no key: Trim.</summary>
    Tidy,
}

/// <summary>What a query of several keys says of one of them.</summary>
internal enum Sight : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It was not there at some moment of the call.</summary>
    Absent,

    /// <summary>It was there at some moment of the call, with this value.</summary>
    Present,
}

/// <summary>One call of a history: what was asked, what was answered, and when.</summary>
internal struct Call
{
    /// <summary>The state of a key that is not in the table; no value is zero.</summary>
    public const ulong Absent = 0;

    public CallKind Kind;
    public byte Key;
    public bool Answer;

    /// <summary>For neighbours and ranges: the direction.</summary>
    public bool IsUp;
    public ulong Argument;
    public ulong Expected;

    /// <summary>The value that was read, removed or replaced; of a count the number.</summary>
    public ulong Result;

    /// <summary>The range that was asked for.</summary>
    public ulong First;
    public ulong Last;

    /// <summary>What a query of several keys says of each key of the layout.</summary>
    public Sights Saw;

    public long Began;
    public long Ended;

    public readonly bool IsOfOneKey => Kind < CallKind.Neighbour;

    public readonly bool IsQuery => Kind is CallKind.Neighbour or CallKind.Range or CallKind.Count;

    /// <summary>What this call, a query of several keys, says of one: that a lookup of that key in the same time would have answered so.</summary>
    public readonly Call Of(int key) => new()
    {
        Kind = CallKind.Get,
        Key = (byte)key,
        Answer = Saw[key].Sight == Sight.Present,
        Result = Saw[key].Value,
        Began = Began,
        Ended = Ended,
    };

    /// <summary>A look at one key in the time of this call.</summary>
    public readonly Call Looks(bool answer) => new() { Kind = CallKind.Contains, Answer = answer, Began = Began, Ended = Ended };

    /// <summary>Whether a register in state <paramref name="state"/> would have answered so, and its state afterwards.</summary>
    public readonly bool TryApply(ulong state, out ulong next)
    {
        bool present = state != Absent;
        next = state;
        switch (Kind)
        {
            case CallKind.Get or CallKind.CursorGet:
                return Answer == present && (!present || Result == state);
            case CallKind.Contains:
                return Answer == present;
            case CallKind.Set:
                next = Argument;
                return true;
            case CallKind.Exchange:
                next = Argument;
                return Answer == present && (!present || Result == state);
            case CallKind.Plus:
                next = state + Argument;
                return Result == next;
            case CallKind.Add:
                if (!present) next = Argument;
                return Answer == !present;
            case CallKind.Remove:
                next = Absent;
                return Answer == present && (!present || Result == state);
            case CallKind.RemoveRange:
                next = Absent;
                return Answer == present;
            case CallKind.Update:
                if (present && state == Expected) next = Argument;
                return Answer == (present && state == Expected);
            case CallKind.RemoveExpected:
                if (present && state == Expected) next = Absent;
                return Answer == (present && state == Expected);
            default:
                return true;
        }
    }

    public override readonly string ToString()
    {
        string what = $"[{Began}, {Ended}] {Kind} ";
        if (IsOfOneKey) return what + $"key {Key} argument {Argument:x} expected {Expected:x} -> {Answer} {Result:x}";
        what += $"{(IsUp ? "up" : "down")} {First:x} to {Last:x} -> {Answer} {Result:x}";
        for (int key = 0; key < Sights.Keys; key++) what += $" {Saw[key].Sight} {Saw[key].Value:x}";
        return what;
    }
}

/// <summary>What a query says of each key of a layout.</summary>
[InlineArray(Keys)]
internal struct Sights
{
    public const int Keys = 3;

    private (Sight Sight, ulong Value) _first;
}
