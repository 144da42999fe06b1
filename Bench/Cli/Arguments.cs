using System.CommandLine;

namespace Alloc.Bench.Cli;

/// <summary>What the commands' options have in common.</summary>
internal static class Arguments
{
    public static Option<int> Positive(string name, string description, int standard)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value < 1)
            {
                result.AddError($"{option.Name} wants a positive number, not {value}.");
            }
        });
        return option;
    }

    /// <summary>Some of what is known, or all of it.</summary>
    public static Option<string[]> Names(string name, string description, string[] known)
    {
        var option = new Option<string[]>(name)
        {
            Description = $"{description} Any of: {string.Join(", ", known)}.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => known,
        };
        option.AcceptOnlyFromAmong(known);
        return option;
    }

    public static Option<string> Artifacts() => new("--artifacts")
    {
        Description = "The folder for the report.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "artifacts",
    };

    /// <summary>Runs a job whose files can be written, which is found out before the minutes of work, not after them; Ctrl+C stops it.</summary>
    public static int WithOutputs(string artifacts, string? jsonFile, Func<CancellationToken, int> job)
    {
        if (jsonFile is { } file && !CanWrite(file, out var problem))
        {
            return BenchCommand.Refuse($"{file} cannot be written: {problem}");
        }

        try
        {
            Directory.CreateDirectory(artifacts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return BenchCommand.Refuse($"The folder {artifacts} cannot be made: {e.Message}");
        }

        return Cancellable(job);
    }

    /// <summary>Runs a job that Ctrl+C stops between its steps.</summary>
    public static int Cancellable(Func<CancellationToken, int> job)
    {
        using var stop = new CancellationTokenSource();
        void OnCancel(object? sender, ConsoleCancelEventArgs e)
        {
            e.Cancel = true;
            stop.Cancel();
        }

        Console.CancelKeyPress += OnCancel;
        try
        {
            return job(stop.Token);
        }
        finally
        {
            Console.CancelKeyPress -= OnCancel;
        }
    }

    private static bool CanWrite(string file, out string problem)
    {
        try
        {
            using var probe = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write);
            problem = "";
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = e.Message;
            return false;
        }
    }
}
