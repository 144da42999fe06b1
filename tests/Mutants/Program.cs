using System.CommandLine;
using Alloc.Mutants;

var only = new Option<string?>("--only") { Description = "Only mutants whose name or file contains this." };
var sample = new Option<int?>("--sample") { Description = "Only so many mutants, spread over the catalog." };
var suite = new Option<string?>("--suite") { Description = "Only mutants all of whose checks are tests of this suite (Rcu.Tests): it alone is built." };
var list = new Option<bool>("--list") { Description = "Lists the mutants and their checks, and fails where the text of one is no longer in its file." };
var unproved = new Option<bool>("--skip-baseline") { Description = "Does not first run the checks without a bug (they must pass, or a find means nothing)." };
var tree = new Option<string>("--tree") { Description = "The root of the sources.", DefaultValueFactory = _ => Directory.GetCurrentDirectory() };
var turns = new Option<string?>("--turns") { Description = "A command that echoes a line once this program may use the machine, until its input ends (a lock around cat)." };
sample.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int?>() is < 1) result.AddError("--sample must be positive.");
});
var command = new RootCommand(
    "Plants one bug at a time in a copy of the code; each must be found by its checks within 60 seconds. Exit code 0: all were. 1: one was not, or could not be planted.")
{
    only, suite, sample, list, unproved, tree, turns,
};
command.SetAction(parse =>
{
    Mutant[] chosen = [.. Mutant.All.Where(m => parse.GetValue(only) is not { } part
        || m.Name.Contains(part, StringComparison.OrdinalIgnoreCase) || m.File.Contains(part, StringComparison.OrdinalIgnoreCase))];
    if (parse.GetValue(suite) is { } of) chosen = [.. chosen.Where(m => m.Checks.All(c => c.Project == of))];
    if (parse.GetValue(sample) is { } count && count < chosen.Length)
        chosen = [.. Enumerable.Range(0, count).Select(i => chosen[i * chosen.Length / count])];
    if (!parse.GetValue(list)) return new Hunt(chosen, Console.Out, parse.GetValue(turns)).Run(Path.GetFullPath(parse.GetValue(tree)!), !parse.GetValue(unproved)) ? 0 : 1;
    int lost = 0;
    foreach (Mutant mutant in chosen)
    {
        string trouble = "";
        try
        {
            mutant.ApplyTo(File.ReadAllText(Path.Combine(parse.GetValue(tree)!, mutant.File)));
        }
        catch (Exception e) when (e is MutantException or IOException)
        {
            trouble = $"  TEXT LOST: {e.Message}";
            lost++;
        }
        Console.WriteLine($"{mutant.Name,-62}{mutant.File,-42}{string.Join("; ", mutant.Checks.Select(c => c.Name))}{trouble}");
    }
    Console.WriteLine($"{chosen.Length} mutants, the text of {lost} is no longer there");
    return lost == 0 ? 0 : 1;
});
return command.Parse(args).Invoke();
