namespace Alloc.Validated.Tests.Exploration;

/// <summary>A call as it ran.</summary>
internal sealed record Done(int Thread, Act Act, Answer Answer, long Began, long Ended)
{
    public override string ToString() => $"thread {Thread} [{Began}, {Ended}] {Act} -> {Answer}";
}

/// <summary>Whether calls and the table that they left can be explained by one order of them, taken one after the other.</summary>
/// <remarks>
/// Wing and Gong's search over the whole table, since a scenario has few calls. What is documented as not atomic across keys is taken apart into a
/// step for each key that the scenario knows, each somewhere within the call: a range removal's must add up to its answer, an enumeration's each
/// give what it saw.
/// </remarks>
internal sealed class Explanation
{
    private readonly List<Part> _parts = [];
    private readonly ulong[] _keys;
    private readonly long[] _counts;
    private readonly ulong[] _end;
    private readonly HashSet<string> _seen = [];

    private readonly record struct Part(Done Call, int Number, int Key);

    private Explanation(IReadOnlyList<Done> calls, ulong[] keys, ulong[] end)
    {
        _keys = keys;
        _end = end;
        _counts = new long[calls.Count];
        for (int i = 0; i < calls.Count; i++)
        {
            Act act = calls[i].Act;
            if (act.Kind == ActKind.Trim || calls[i].Answer == Answer.NoMemory) continue;
            bool isRange = act.Kind is ActKind.RemoveRange or ActKind.Enumerate;
            for (int k = 0; k < keys.Length; k++)
            {
                if (isRange ? keys[k] >= act.Key && keys[k] <= act.Last : keys[k] == act.Key) _parts.Add(new Part(calls[i], i, k));
            }
            if (act.Kind == ActKind.RemoveRange) _counts[i] = calls[i].Answer.Number;
        }
    }

    /// <summary>Whether there is one.</summary>
    /// <param name="calls">The calls with their answers.</param>
    /// <param name="keys">Every key that any of them, or the table, can hold.</param>
    /// <param name="before">The keys' values before.</param>
    /// <param name="after">The keys' values afterwards.</param>
    public static bool Exists(IReadOnlyList<Done> calls, ulong[] keys, ulong[] before, ulong[] after) =>
        new Explanation(calls, keys, after).Search(0, (ulong[])before.Clone());

    private bool Search(int placed, ulong[] state)
    {
        if (placed == (1 << _parts.Count) - 1) return state.AsSpan().SequenceEqual(_end) && !_counts.AsSpan().ContainsAnyExcept(0);
        if (!_seen.Add($"{placed}:{string.Join(',', state)}:{string.Join(',', _counts)}")) return false;
        long earliestEnd = long.MaxValue;
        for (int i = 0; i < _parts.Count; i++)
        {
            if ((placed >> i & 1) == 0) earliestEnd = Math.Min(earliestEnd, _parts[i].Call.Ended);
        }
        for (int i = 0; i < _parts.Count; i++)
        {
            if ((placed >> i & 1) != 0 || _parts[i].Call.Began > earliestEnd) continue;
            Part part = _parts[i];
            ulong was = state[part.Key];
            long removed = 0;
            if (!TryStep(part, was, out ulong next, ref removed)) continue;
            state[part.Key] = next;
            _counts[part.Number] -= removed;
            if (Search(placed | 1 << i, state)) return true;
            state[part.Key] = was;
            _counts[part.Number] += removed;
        }
        return false;
    }

    // Whether the key's register in that state would have answered so.
    private bool TryStep(Part part, ulong was, out ulong next, ref long removed)
    {
        (Act act, Answer answer) = (part.Call.Act, part.Call.Answer);
        bool present = was != Act.Absent;
        next = was;
        switch (act.Kind)
        {
            case ActKind.Get:
                return answer.Value == was && answer.Number == (present ? 1 : 0);
            case ActKind.Set:
                next = act.Value;
                return true;
            case ActKind.Add:
                if (!present) next = act.Value;
                return answer.Number == (present ? 0 : 1);
            case ActKind.Remove:
                next = Act.Absent;
                return answer.Value == was && answer.Number == (present ? 1 : 0);
            case ActKind.Update:
                if (was == act.Expected) next = act.Value;
                return answer.Number == (was == act.Expected ? 1 : 0);
            case ActKind.RemoveExpected:
                if (was == act.Expected) next = Act.Absent;
                return answer.Number == (was == act.Expected ? 1 : 0);
            case ActKind.Grow:
                next = present ? was + act.Value : act.Value;
                return answer.Value == next;
            case ActKind.RemoveRange:
                next = Act.Absent;
                removed = present ? 1 : 0;
                return true;
            default:
                ulong seen = answer.Seen!.Where(e => e.Key == _keys[part.Key]).Select(e => e.Value).SingleOrDefault(Act.Absent);
                return seen == was;
        }
    }
}
