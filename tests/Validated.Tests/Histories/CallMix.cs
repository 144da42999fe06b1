namespace Alloc.Validated.Tests.Histories;

/// <summary>How often which call is made.</summary>
internal sealed class CallMix(params (CallKind Kind, int Weight)[] weights)
{
    /// <summary>Calls on one key each.</summary>
    public static readonly CallMix Registers = new(
        (CallKind.Add, 24), (CallKind.Remove, 25), (CallKind.Get, 9), (CallKind.CursorGet, 5), (CallKind.Set, 8), (CallKind.Exchange, 6), (CallKind.Plus, 6),
        (CallKind.Update, 6), (CallKind.RemoveExpected, 4), (CallKind.RemoveRange, 5), (CallKind.Tidy, 2));

    /// <summary>Queries of several keys beside what changes these.</summary>
    public static readonly CallMix Queries = new(
        (CallKind.Neighbour, 30), (CallKind.Range, 20), (CallKind.Count, 10), (CallKind.Add, 14), (CallKind.Remove, 12), (CallKind.Set, 6),
        (CallKind.RemoveRange, 6), (CallKind.Tidy, 2));

    private readonly int _sum = weights.Sum(one => one.Weight);

    /// <summary>One kind, and what gets in its way.</summary>
    public static CallMix Of(CallKind kind) => new((kind, 40), (CallKind.Add, 20), (CallKind.Set, 15), (CallKind.Remove, 25));

    public CallKind Draw(Random random)
    {
        int dice = random.Next(_sum);
        foreach (var (kind, weight) in weights)
        {
            dice -= weight;
            if (dice < 0) return kind;
        }
        return CallKind.Tidy;
    }
}
