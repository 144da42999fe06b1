namespace Alloc.Validated.Tests.Exploration;

/// <summary>What a thread does at a point of the schedule: touches some words, and perhaps changes them.</summary>
/// <param name="Thread">Who.</param>
/// <param name="Place">The first word.</param>
/// <param name="Words">How many; none where it concerns nobody else.</param>
/// <param name="Changes">Whether it may change them; a mark is a change here.</param>
internal readonly record struct Access(int Thread, int Place, int Words, bool Changes)
{
    public const int WordsPerLine = 8;

    /// <summary>Whether the order of the two can make a difference.</summary>
    public bool ConflictsWith(in Access other) =>
        (Changes || other.Changes) && Place < other.Place + other.Words && other.Place < Place + Words;
}

/// <summary>What an execution did, kept while the search looks at what may come instead of its choices.</summary>
internal sealed class Trace(IReadOnlyList<Choice> choices, IReadOnlyList<Access> accesses)
{
    public Choice[] Choices { get; } = [.. choices];

    private readonly Access[] _accesses = [.. accesses];

    /// <summary>Whether a thread waited for another so long that its turn was taken.</summary>
    public bool HasWait { get; } = choices.Any(choice => choice.Running >= 0 && !choice.Preemption);

    /// <summary>What a thread did from some access on.</summary>
    public Access[] Of(int thread, int from) => [.. _accesses.Skip(from).Where(access => access.Thread == thread)];

    /// <summary>For each choice and thread: whether it is idle to let that thread go on there. It lost its turn before an access with which nothing has
    /// conflicted since, so the access could as well have been made first, and the turn been lost behind it.</summary>
    public bool[,] IdleResumptions(int threads)
    {
        var idle = new bool[Choices.Length, threads];
        var pending = new Access?[threads];
        int seen = 0;
        for (int i = 0; i < Choices.Length; i++)
        {
            Choice choice = Choices[i];
            for (; seen < choice.Before; seen++)
            {
                for (int thread = 0; thread < threads; thread++)
                {
                    if (pending[thread] is { } parked && parked.ConflictsWith(_accesses[seen])) pending[thread] = null;
                }
            }
            for (int thread = 0; thread < threads; thread++) idle[i, thread] = pending[thread] is not null;
            pending[choice.Chosen] = null;
            if (choice.Preemption && choice.Chosen != choice.Running) pending[choice.Running] = choice.Pending;
        }
        return idle;
    }
}
