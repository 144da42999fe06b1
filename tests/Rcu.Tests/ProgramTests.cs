using System.Diagnostics;
using System.Globalization;

namespace Alloc.Tests;

/// <summary>Tests that run when no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class NeedsTheProcessors
{
    public const string Name = "needs the processors";
}

/// <summary>What needs a process of its own: switches, an end of process, seeded faults that may crash. The programs are in tests/Litmus.</summary>
[Collection(NeedsTheProcessors.Name)]
public class ProgramTests
{
    private const int Passed = 0, Usage = 2, Skipped = 77;

    private static readonly (string, string) Validation = ("ALLOC_VALIDATION", "1");
    private static readonly (string, string) Fenced = ("ALLOC_RCU_FENCED", "1");

    [Fact]
    public void A_missing_process_wide_barrier_shows_store_buffering_and_a_present_one_never_does() => MustPass("fence", 2, Unfenced);

    [Fact]
    public void An_announcement_without_a_process_wide_barrier_is_caught_and_ours_never_is() => MustPass("announce", 3, Unfenced, ("ALLOC_VALIDATION", "0"));

    [Fact]
    public void Where_readers_fence_the_litmus_test_passes_too() => MustPass("fence", 1, Fenced);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Torture_sees_no_element_older_than_one_grace_period_and_loses_none(bool validation, bool fenced) =>
        MustPass("torture", 3, ("ALLOC_VALIDATION", validation ? "1" : "0"), ("ALLOC_RCU_FENCED", fenced ? "1" : "0"));

    [Theory]
    [InlineData("JoinCurrent")]
    [InlineData("ShortScan")]
    [InlineData("RudeThief")]
    [InlineData("NoRecheck")]
    [InlineData("ForgetHeldBack")]
    [InlineData("BuryAlive")]
    public void Torture_catches_the_seeded_fault(string fault)
    {
        for (int attempt = 0; attempt < 3; attempt++)
        {
            var (code, output) = Run($"torture --fault {fault}", 25, Unfenced, Validation);
            Assert.NotEqual(Usage, code);
            if (code != Passed) return;
            Assert.Contains("torture:", output, StringComparison.Ordinal);
        }
        Assert.Fail($"{fault} was not caught: torture can tell nothing about it");
    }

    [Fact]
    public void Validation_mode_detects_misuse_and_survives_the_wrap_of_its_counters() => MustPass("misuse", 1, Validation);

    [Fact]
    public void A_process_with_pending_callbacks_and_a_reader_that_stays_ends_by_itself() => MustPass("exit", 1);

    private static (string, string) Unfenced => ("ALLOC_RCU_FENCED", "0");

    private static void MustPass(string command, double seconds, params (string, string)[] environment)
    {
        var (code, output) = Run(command, seconds * TestScale.Factor, environment);
        if (code == Skipped)
        {
            Assert.True(Environment.ProcessorCount < 2, "skipped on a machine that could have run it: " + output);
            return;
        }
        Assert.True(code == Passed, $"{command} ended with {code}: {output}");
    }

    internal static (int Code, string Output) Run(string command, double seconds, params (string Name, string Value)[] environment)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Alloc.Litmus.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(program);
        foreach (string word in command.Split(' ')) start.ArgumentList.Add(word);
        start.ArgumentList.Add("--seconds");
        start.ArgumentList.Add(seconds.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(seconds) + TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{command} does not end");
        }
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors.Result);
    }
}
