namespace Alloc.Bench.Questions;

/// <summary>How much work an answer is worth.</summary>
/// <param name="Entries">The largest number of entries.</param>
/// <param name="Passes">How often a thing is measured; medians are shown.</param>
internal sealed record QuestionSizes(int Entries, int Passes)
{
    public static QuestionSizes Full { get; } = new(10_000_000, 7);

    /// <summary>Shows that it works; the figures are worth nothing.</summary>
    public static QuestionSizes Quick { get; } = new(100_000, 3);

    public bool IsQuick => Entries <= Quick.Entries;

    /// <summary>1,000, 10,000, … up to the most.</summary>
    public IEnumerable<int> Decades
    {
        get
        {
            for (long n = 1000; n <= Entries; n *= 10)
            {
                yield return (int)n;
            }
        }
    }
}
