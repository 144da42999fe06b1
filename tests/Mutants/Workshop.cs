using System.Diagnostics;

namespace Alloc.Mutants;

/// <summary>How a command ended, and after how long.</summary>
/// <param name="ExitCode">Null where it did not end, and was killed.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Time">Without the wait for a turn.</param>
internal sealed record Finished(int? ExitCode, string Output, TimeSpan Time);

/// <summary>A copy of the sources in which mutants are built, one at a time. Only the mutated assembly is built anew, and put beside the checks.</summary>
internal sealed class Workshop
{
    private static readonly TimeSpan BuildPatience = TimeSpan.FromMinutes(8);

    private readonly string _root;
    private readonly string _pristine;
    private readonly string? _turns;

    private Workshop(string root, string? turns)
    {
        _root = root;
        _turns = turns;
        _pristine = Path.Combine(root, "artifacts", "pristine");
    }

    /// <summary>Copies what git knows of the tree at <paramref name="source"/>, changes that are not committed included.</summary>
    public static Workshop CopyOf(string source, string root, string? turns)
    {
        var tree = new Workshop(root, turns);
        if (Directory.Exists(root)) Directory.Delete(root, recursive: true);
        Finished listed = Run(source, ["git", "ls-files", "--cached", "--others", "--exclude-standard"], BuildPatience);
        if (listed.ExitCode != 0) throw new MutantException("git ls-files: " + listed.Output);
        foreach (string file in listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct())
        {
            string from = Path.Combine(source, file), to = Path.Combine(root, file);
            if (!File.Exists(from)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to);
        }
        return tree;
    }

    public string Read(string file) => File.ReadAllText(Path.Combine(_root, file));

    /// <summary>Builds the programs and suites that checks run, and keeps the assemblies without a bug.</summary>
    public void Build(IEnumerable<string> projects)
    {
        foreach (string project in projects) MustBuild($"tests/{project}", "-v", "q");
        Directory.CreateDirectory(_pristine);
        foreach (string layer in new[] { "Native", "Rcu", "PageTable" })
        {
            string assembly = OutputOf(layer);
            if (File.Exists(assembly)) File.Copy(assembly, Path.Combine(_pristine, Path.GetFileName(assembly)), overwrite: true);
        }
    }

    /// <summary>Runs <paramref name="act"/> in the tree with the mutant in it.</summary>
    public void With(Mutant mutant, Action act)
    {
        string file = Path.Combine(_root, mutant.File), text = File.ReadAllText(file);
        File.WriteAllText(file, mutant.ApplyTo(text));
        try
        {
            MustBuild(mutant.Layer, "--no-restore", "--no-dependencies", "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false");
            Install(OutputOf(mutant.Layer));
            act();
        }
        finally
        {
            File.WriteAllText(file, text);
            Install(Path.Combine(_pristine, Path.GetFileName(OutputOf(mutant.Layer))));
        }
    }

    public string AssemblyOf(string project) => Path.Combine(_root, "tests", project, "bin", "Release", "net10.0", $"Alloc.{(project == "Models" ? "Models.Tests" : project)}.dll");

    public Finished Run(string[] command, TimeSpan patience, params (string Name, string Value)[] environment)
    {
        using var turn = new Turn(_turns);
        return Run(_root, command, patience, environment);
    }

    private string OutputOf(string layer) => Path.Combine(_root, layer, "bin", "Release", "net10.0", $"Alloc.{layer}.dll");

    private void MustBuild(string project, params string[] options)
    {
        Finished built = Run(["dotnet", "build", project, "-c", "Release", "-nologo", .. options], BuildPatience);
        if (built.ExitCode != 0) throw new MutantException($"{project} does not build:\n{built.Output}");
    }

    private void Install(string assembly)
    {
        foreach (string copy in Directory.EnumerateFiles(Path.Combine(_root, "tests"), Path.GetFileName(assembly), SearchOption.AllDirectories))
        {
            if (copy.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal)) File.Copy(assembly, copy, overwrite: true);
        }
    }

    private static Finished Run(string folder, string[] command, TimeSpan patience, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["MODELS_WORK"] = Path.Combine(Path.GetTempPath(), $"alloc-mutants-{Environment.ProcessId}");
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(patience);
        if (!ended) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return new Finished(ended ? process.ExitCode : null, output.Result + errors.Result, Stopwatch.GetElapsedTime(began));
    }
}
