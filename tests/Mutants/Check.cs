using System.Globalization;
using System.Text.RegularExpressions;

namespace Alloc.Mutants;

/// <summary>What a check said of a tree.</summary>
internal enum Verdict
{
    Passed,
    Failed,
    Hung,

    /// <summary>It ran nothing, or could not decide: neither a find nor a pass.</summary>
    Nothing,
}

/// <summary>An automatic check of the project as one command: exit code and output tell the verdict.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Project">The project in tests that it needs; null for none.</param>
/// <param name="Environment">Switches of the library.</param>
internal abstract partial record Check(string Name, string? Project, params (string Name, string Value)[] Environment)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Whether it looks at the code of the tree; a model does not, and has no run without the bug.</summary>
    public virtual bool RunsCode => true;

    public Verdict Run(Workshop tree, out Finished run)
    {
        run = tree.Run(Command(tree), Patience, Environment);
        return run.ExitCode is { } code ? Judge(code, run.Output) : Verdict.Hung;
    }

    protected abstract string[] Command(Workshop tree);

    protected abstract Verdict Judge(int exitCode, string output);

    /// <summary>Tests of the suite, by a part of their names.</summary>
    public static Check Test(string project, string filter, params (string Name, string Value)[] environment) => new SuiteCheck(project, filter, environment);

    /// <summary>A scenario of the torture program.</summary>
    public static Check Torture(string scenario, int seconds = 10) => new ProgramCheck(
        $"torture {scenario}", "Torture", [1, 3], ["--scenario", scenario, "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--seed", "1"]);

    /// <summary>A command of the litmus program.</summary>
    public static Check Litmus(string command, int seconds, bool validation) => new ProgramCheck(
        $"litmus {command}{(validation ? ", validated" : "")}", "Litmus", [1],
        [command, "--seconds", seconds.ToString(CultureInfo.InvariantCulture)], ("ALLOC_VALIDATION", validation ? "1" : "0"), ("ALLOC_RCU_FENCED", "0"));

    /// <summary>The model's seed that plants the same mistake: the search must end in the error that it was planted for.</summary>
    public static Check Model(string flags) => new ModelCheck(flags);

    private sealed record SuiteCheck(string Of, string Filter, (string Name, string Value)[] Switches) : Check($"{Of}: {Filter}", Of, Switches)
    {
        protected override string[] Command(Workshop tree) => ["dotnet", "test", tree.AssemblyOf(Of), "--filter", $"FullyQualifiedName~{Filter}"];

        protected override Verdict Judge(int exitCode, string output)
        {
            if (exitCode == 0) return Summary().Match(output) is { Success: true } ran && int.Parse(ran.Groups[1].Value, CultureInfo.InvariantCulture) > 0 ? Verdict.Passed : Verdict.Nothing;
            return output.Contains("Failed!", StringComparison.Ordinal) || output.Contains("Test Run Aborted", StringComparison.Ordinal) || output.Contains("host process crashed", StringComparison.Ordinal)
                ? Verdict.Failed
                : Verdict.Nothing;
        }
    }

    private sealed record ProgramCheck(string Title, string Of, int[] FailureCodes, string[] Arguments, params (string Name, string Value)[] Switches)
        : Check(Title, Of, Switches)
    {
        protected override string[] Command(Workshop tree) => ["dotnet", tree.AssemblyOf(Of), .. Arguments];

        // The end of the process by what it read (a signal) is a find as well.
        protected override Verdict Judge(int exitCode, string output) =>
            exitCode == 0 ? Verdict.Passed : FailureCodes.Contains(exitCode) || exitCode is > 128 or < 0 ? Verdict.Failed : Verdict.Nothing;
    }

    private sealed record ModelCheck(string Search) : Check($"model {Search}", null)
    {
        public override bool RunsCode => false;

        protected override string[] Command(Workshop tree)
        {
            string[] line = tree.Read("tests/Models/checks.txt").Split('\n')
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .SingleOrDefault(words => words.Length > 3 && string.Join(' ', words[3..]) == Search && words[2].StartsWith("fail", StringComparison.Ordinal))
                ?? throw new MutantException($"the models have no seed \"{Search}\"");
            return ["bash", "tests/Models/run.sh", "--one", $"1|{line[0]}|{line[1]}|{line[2]}|{line[3]}|{string.Join(' ', line[4..])}"];
        }

        // The script says "passed" when the search ended in just the error that the seed was planted for.
        protected override Verdict Judge(int exitCode, string output) =>
            output.StartsWith("passed", StringComparison.Ordinal) ? Verdict.Failed : output.StartsWith("FAILED", StringComparison.Ordinal) ? Verdict.Passed : Verdict.Nothing;
    }

    [GeneratedRegex(@"Passed:\s+(\d+)")]
    private static partial Regex Summary();
}
