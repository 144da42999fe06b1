namespace Alloc.Validated.Tests.Histories;

/// <summary>Whether the calls of one key can be put in an order that a single register would have answered, without turning round two calls
/// of which one had ended before the other began.</summary>
/// <remarks>
/// Wing and Gong's search ("Testing and verifying concurrent objects", 1993) with Lowe's memory of configurations seen ("Testing for
/// linearizability", 2017): the set of calls placed, and the state. Linearizability is local (Herlihy and Wing 1990), so each key is
/// checked by itself. It starts from a set of states and gives the set of states in which the history may end, so that a long run is
/// checked piece by piece.
/// </remarks>
internal sealed class LinearizabilityChecker
{
    public const int MaxCalls = 24;

    private readonly HashSet<(int Placed, ulong State)> _seen = [];
    private readonly HashSet<ulong> _ends = [];
    private readonly Call[] _calls = new Call[MaxCalls];
    private int _count;

    public void Begin()
    {
        _count = 0;
        _seen.Clear();
        _ends.Clear();
    }

    public void Add(in Call call) => _calls[_count++] = call;

    /// <summary>False where no order explains the answers from any of the states; otherwise they become the possible states at the end.</summary>
    public bool Check(List<ulong> states)
    {
        if (_count == 0) return true;
        foreach (ulong state in states) Search(0, state);
        states.Clear();
        states.AddRange(_ends);
        return states.Count != 0;
    }

    private void Search(int placed, ulong state)
    {
        if (!_seen.Add((placed, state))) return;
        if (placed == (1 << _count) - 1)
        {
            _ends.Add(state);
            return;
        }
        // A call may come next unless another that is not placed yet had ended before it began.
        long earliestEnd = long.MaxValue;
        for (int i = 0; i < _count; i++)
        {
            if ((placed >> i & 1) == 0) earliestEnd = Math.Min(earliestEnd, _calls[i].Ended);
        }
        for (int i = 0; i < _count; i++)
        {
            if ((placed >> i & 1) == 0 && _calls[i].Began <= earliestEnd && _calls[i].TryApply(state, out ulong next)) Search(placed | 1 << i, next);
        }
    }
}
