using System.Diagnostics;

namespace Alloc.Bench.Compare;

/// <summary>How often a scenario is passed through: as often as its time allows, and longer where too few passes were fair.</summary>
/// <param name="MostPasses">Never more than this.</param>
/// <param name="Time">After this no pass begins, if enough were fair; after twice this none at all.</param>
internal sealed record PassBudget(int MostPasses, TimeSpan Time)
{
    /// <summary>A bound of a median at 95 % needs six.</summary>
    private const int FewestFair = 7;

    public void Run(IScenario scenario, Action<double> report, CancellationToken stop)
    {
        var spent = Stopwatch.StartNew();
        for (var pass = 0; pass < MostPasses; pass++)
        {
            stop.ThrowIfCancellationRequested();
            var fair = scenario.Series.Min(series => series.FairPasses);
            if (spent.Elapsed >= Time && (fair >= FewestFair || spent.Elapsed >= 2 * Time))
            {
                break;
            }

            scenario.RunPass();
            report(Math.Max((pass + 1.0) / MostPasses, spent.Elapsed / Time));
        }
    }
}
