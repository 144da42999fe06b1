using System.Globalization;

namespace Alloc.Mutants;

/// <summary>Tries mutants one after the other and prints the table.</summary>
internal sealed class Hunt(Mutant[] mutants, TextWriter table, string? turns)
{
    private const int LinesOfOutput = 25;

    /// <summary>Checks that fail without a bug: what they find means nothing.</summary>
    private readonly HashSet<string> _unsound = [];

    /// <summary>False: a mutant survived or could not be planted, or a check fails without any.</summary>
    public bool Run(string source, bool baseline)
    {
        Workshop tree = Workshop.CopyOf(source, Path.Combine(source, "artifacts", "mutants", "tree"), turns);
        Check[] checks = [.. mutants.SelectMany(m => m.Checks).DistinctBy(c => c.Name)];
        tree.Build(checks.Where(c => c.Project is not null).Select(c => c.Project!).Distinct());
        if (baseline) _unsound.UnionWith(checks.Where(c => c.RunsCode && !PassesWithoutBug(tree, c)).Select(c => c.Name));
        table.WriteLine($"{"mutant",-60}{"found by",-80}seconds");
        int found = mutants.Count(m => IsFound(tree, m));
        table.WriteLine($"mutants: {found} found, {mutants.Length - found} not");
        return found == mutants.Length;
    }

    private bool PassesWithoutBug(Workshop tree, Check check)
    {
        Verdict verdict = check.Run(tree, out Finished run);
        if (verdict == Verdict.Passed)
        {
            table.WriteLine($"passes without a bug: {check.Name} ({Seconds(run)} s)");
            table.Flush();
            return true;
        }
        table.WriteLine($"FAILED without a bug: {check.Name}: {verdict}\n{Tail(run.Output)}");
        return false;
    }

    private bool IsFound(Workshop tree, Mutant mutant)
    {
        bool found = true;
        try
        {
            tree.With(mutant, () =>
            {
                foreach (Check check in mutant.Checks)
                {
                    Verdict verdict = check.Run(tree, out Finished run);
                    bool finds = (verdict == Verdict.Failed || (verdict == Verdict.Hung && mutant.MayHang)) && !_unsound.Contains(check.Name);
                    found &= finds;
                    table.WriteLine($"{mutant.Name,-60}{(finds ? check.Name + (verdict == Verdict.Hung ? " (waits in vain)" : "") : $"NOT FOUND ({verdict}): {check.Name}"),-80}{Seconds(run),7}");
                    if (!finds) table.WriteLine(Tail(run.Output));
                    table.Flush();
                }
            });
        }
        catch (MutantException e)
        {
            found = false;
            table.WriteLine($"{mutant.Name,-60}COULD NOT BE PLANTED in {mutant.File}: {e.Message}");
        }
        return found;
    }

    private static string Tail(string text) => string.Join('\n', text.Split('\n').TakeLast(LinesOfOutput).Select(line => "    | " + line));

    private static string Seconds(Finished run) => run.Time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
