using Alloc.PageTable;

namespace Alloc.Validated.Tests.Exploration;

internal enum ActKind : byte
{
    Get,
    Set,
    Add,
    Remove,
    Update,
    RemoveExpected,

    /// <summary>AddOrUpdate by which the value grows by <see cref="Act.Value"/>.</summary>
    Grow,
    RemoveRange,
    Enumerate,
    Trim,
}

/// <summary>A call of a scenario.</summary>
internal sealed record Act(ActKind Kind, ulong Key, ulong Last = 0, ulong Value = 0, ulong Expected = 0)
{
    /// <summary>The state of a key that is not in the table; no value is zero.</summary>
    public const ulong Absent = 0;

    /// <summary>A value that does not fit its word.</summary>
    public const ulong InCell = 1UL << 62;

    public static Act Get(ulong key) => new(ActKind.Get, key);

    public static Act Set(ulong key, ulong value) => new(ActKind.Set, key, Value: value);

    public static Act Add(ulong key, ulong value) => new(ActKind.Add, key, Value: value);

    public static Act Remove(ulong key) => new(ActKind.Remove, key);

    public static Act Update(ulong key, ulong value, ulong expected) => new(ActKind.Update, key, Value: value, Expected: expected);

    public static Act RemoveExpected(ulong key, ulong expected) => new(ActKind.RemoveExpected, key, Expected: expected);

    public static Act Grow(ulong key, ulong by) => new(ActKind.Grow, key, Value: by);

    public static Act RemoveRange(ulong first, ulong last) => new(ActKind.RemoveRange, first, last);

    public static Act Enumerate(ulong first, ulong last) => new(ActKind.Enumerate, first, last);

    public static Act Trim() => new(ActKind.Trim, 0);

    public Answer Do(RadixTable<ulong> table)
    {
        try
        {
            switch (Kind)
            {
                case ActKind.Get:
                    return table.TryGetValue(Key, out ulong found) ? new(1, found) : new(0, Absent);
                case ActKind.Set:
                    table[Key] = Value;
                    return new(1, Value);
                case ActKind.Add:
                    return new(table.TryAdd(Key, Value) ? 1 : 0, Absent);
                case ActKind.Remove:
                    return table.TryRemove(Key, out ulong removed) ? new(1, removed) : new(0, Absent);
                case ActKind.Update:
                    return new(table.TryUpdate(Key, Value, Expected) ? 1 : 0, Absent);
                case ActKind.RemoveExpected:
                    return new(table.TryRemove(Key, Expected) ? 1 : 0, Absent);
                case ActKind.Grow:
                    return new(1, table.AddOrUpdate(Key, static (_, by) => by, static (_, present, by) => present + by, Value));
                case ActKind.RemoveRange:
                    return new(table.RemoveRange(Key, Last), Absent);
                case ActKind.Enumerate:
                    var seen = new List<KeyValuePair<ulong, ulong>>();
                    foreach (KeyValuePair<ulong, ulong> entry in table.EnumerateRange(Key, Last)) seen.Add(entry);
                    return new(seen.Count, Absent, seen);
                default:
                    table.Trim();
                    return new(1, Absent);
            }
        }
        catch (OutOfMemoryException)
        {
            return Answer.NoMemory;
        }
    }

    public override string ToString() => Kind switch
    {
        ActKind.Trim => "Trim",
        ActKind.RemoveRange or ActKind.Enumerate => $"{Kind} {Key:x}..{Last:x}",
        _ => $"{Kind} {Key:x} {Value:x} {Expected:x}",
    };
}

/// <summary>What a call answered.</summary>
/// <param name="Number">A yes or no, or how many.</param>
/// <param name="Value">The value that was read, removed or put.</param>
/// <param name="Seen">What an enumeration saw.</param>
internal sealed record Answer(long Number, ulong Value, IReadOnlyList<KeyValuePair<ulong, ulong>>? Seen = null)
{
    /// <summary>An insert that was refused memory: it must have changed nothing.</summary>
    public static readonly Answer NoMemory = new(-1, Act.Absent);

    public override string ToString() =>
        this == NoMemory ? "no memory" : Seen is null ? $"{Number} {Value:x}" : string.Join(' ', Seen.Select(e => $"{e.Key:x}={e.Value:x}"));
}
