using Alloc.Bench.Measure;

namespace Alloc.Bench.Compare;

/// <summary>
/// What changed between two runs. Times of two runs cannot be compared (another minute, another machine); what was measured in turns inside each run
/// can: the ratio of a contender to the radix table, with its bounds. A change is beyond noise when the bounds of both runs do not meet.
/// </summary>
internal static class Baseline
{
    public static IEnumerable<Change> Compare(CompareRun before, CompareRun now)
    {
        foreach (var set in now.Sets)
        {
            if (before.Sets.Find(old => old.Keys == set.Keys && old.Entries == set.Entries) is not { } oldSet)
            {
                continue;
            }

            foreach (var operation in set.Operations)
            {
                if (oldSet.Operations.Find(old => old.Operation == operation.Operation) is { } oldOperation)
                {
                    foreach (var change in Compare(set.Keys, oldOperation, operation))
                    {
                        yield return change;
                    }
                }
            }
        }
    }

    /// <summary>What is in one run only, as "keys, entries".</summary>
    public static IEnumerable<string> Unmatched(CompareRun before, CompareRun now)
    {
        static string Name(CompareSet set) => $"{set.Keys}, {set.Entries} entries";
        return before.Sets.Select(Name).Except(now.Sets.Select(Name)).Select(name => $"{name}: only in the saved run")
            .Concat(now.Sets.Select(Name).Except(before.Sets.Select(Name)).Select(name => $"{name}: not in the saved run"));
    }

    private static IEnumerable<Change> Compare(string keys, SeriesResult before, SeriesResult now)
    {
        foreach (var contender in now.Contenders.Where(one => one.Verdict != Verdict.Reference))
        {
            if (Array.Find(before.Contenders, old => old.Name == contender.Name) is { } old && double.IsFinite(old.Ratio) && double.IsFinite(contender.Ratio))
            {
                // Above one: the table takes longer beside this contender than it did.
                var (low, high) = (old.RatioLow / contender.RatioHigh, old.RatioHigh / contender.RatioLow);
                var decided = Enough(before) && Enough(now);
                var verdict = decided && low > 1 ? Verdict.Slower : decided && high < 1 ? Verdict.Faster : Verdict.Inconclusive;
                yield return new Change(keys, now.Operation, contender.Name, old.Ratio / contender.Ratio, low, high, verdict);
            }
        }
    }

    // Bounds of fewer passes hold too seldom.
    private static bool Enough(SeriesResult series) => series.FairPasses >= 5;
}

/// <summary>How the radix table's time changed beside one contender; below 1 it got faster.</summary>
internal sealed record Change(string Keys, string Operation, string Beside, double Ratio, double Low, double High, Verdict Verdict);
