namespace Alloc.Validated.Tests.Histories;

/// <summary>What a call of a history does to its key.</summary>
internal enum CallKind : byte
{
    Get,
    Set,
    Add,
    Remove,

    /// <summary>Sets where the value is <see cref="Call.Expected"/>.</summary>
    Update,

    /// <summary>Removes where the value is <see cref="Call.Expected"/>.</summary>
    RemoveExpected,

    /// <summary>Removes a range of which this key is the only one in use; tells whether it was there.</summary>
    RemoveRange,

    /// <summary>Changes no key: Trim.</summary>
    Tidy,
}

/// <summary>One call of a history: what was asked, what was answered, and when.</summary>
internal struct Call
{
    /// <summary>The state of a key that is not in the table; no value is zero.</summary>
    public const ulong Absent = 0;

    public CallKind Kind;
    public byte Key;
    public bool Answer;
    public ulong Argument;
    public ulong Expected;

    /// <summary>The value that was read or removed.</summary>
    public ulong Result;

    public long Began;
    public long Ended;

    /// <summary>Whether a register in state <paramref name="state"/> would have answered so, and its state afterwards.</summary>
    public readonly bool TryApply(ulong state, out ulong next)
    {
        bool present = state != Absent;
        next = state;
        switch (Kind)
        {
            case CallKind.Get:
                return Answer == present && (!present || Result == state);
            case CallKind.Set:
                next = Argument;
                return true;
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

    public override readonly string ToString() =>
        $"[{Began}, {Ended}] {Kind} key {Key} argument {Argument:x} expected {Expected:x} -> {Answer} {Result:x}";
}
