namespace Alloc.Bench.Report;

/// <summary>How a claim of the run came out.</summary>
internal enum Outcome
{
    Passed,
    Failed,

    /// <summary>What it needs in order to mean something did not happen.</summary>
    Inconclusive,
}

/// <summary>A claim that the run checks, and what it found.</summary>
internal sealed record Check(string Claim, Outcome Outcome, string Finding)
{
    public static Check That(string claim, bool holds, string finding) => new(claim, holds ? Outcome.Passed : Outcome.Failed, finding);
}
