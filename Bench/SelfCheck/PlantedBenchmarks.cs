using System.Diagnostics;
using System.Runtime.CompilerServices;
using Alloc.Bench.Peers;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Validators;

namespace Alloc.Bench.SelfCheck;

/// <summary>A benchmark of the suite and the same with a planted slowdown of a tenth; not part of the suite.</summary>
public class PlantedBenchmarks
{
    private const int Entries = 50_000;
    private const double Tolerance = 0.05;
    private KeySet _keys = null!;
    private IndexPeer _full = null!;

    /// <summary>A full table.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _keys = KeySets.Dense(Entries);
        _full = PeerCatalog.All[0].Create(Entries);
        _full.Insert(_keys.Shuffled, _keys.ShuffledValues);
    }

    /// <summary>The table goes.</summary>
    [GlobalCleanup]
    public void Cleanup() => _full.Dispose();

    /// <summary>Lookups.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Entries)]
    public ulong Lookup() => Prolonged(Plant.None);

    /// <summary>The same, a tenth longer.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public ulong LookupProlonged() => Prolonged(Plant.Slowdown);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Prolonged(double factor)
    {
        var began = Stopwatch.GetTimestamp();
        var sum = _full.Lookup(_keys.Shuffled);
        Plant.Prolong(began, factor);
        return sum;
    }

    /// <summary>Runs both in this process. One after the other, unlike the comparer: a machine whose speed drifts leaves it open.</summary>
    internal static Check Check(bool quick)
    {
        const string Claim = "BenchmarkDotNet sees a planted slowdown of a tenth";
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithStrategy(RunStrategy.Throughput)
            .WithWarmupCount(quick ? 4 : 6).WithIterationCount(quick ? 8 : 15).WithIterationTime(Perfolizer.Horology.TimeInterval.FromMilliseconds(quick ? 60 : 150));
        var config = ManualConfig.CreateEmpty().AddJob(job).AddLogger(NullLogger.Instance).AddValidator(ExecutionValidator.DontFailOnError)
            .WithOptions(ConfigOptions.DisableLogFile).WithArtifactsPath(Path.Combine(Path.GetTempPath(), $"alloc-selfcheck-{Environment.ProcessId}"));
        var summary = BenchmarkRunner.Run<PlantedBenchmarks>(config);
        var statistics = summary.Reports.Select(report => report.ResultStatistics).ToArray();
        if (statistics.Length != 2 || statistics[0] is not { } plain || statistics[1] is not { } prolonged)
        {
            return new Check(Claim, Outcome.Failed, "it did not run");
        }

        // Each median with the standard errors of both: a bound on what noise may have done.
        var ratio = prolonged.Median / plain.Median;
        var noise = 3 * ratio * ((plain.StandardError / plain.Median) + (prolonged.StandardError / prolonged.Median));
        var finding = $"ratio {Format.Number(ratio, 3)} ± {Format.Number(noise, 3)}";
        var outcome = Math.Abs(ratio - Plant.Slowdown) <= Tolerance && ratio - noise > 1 ? Outcome.Passed : Outcome.Inconclusive;
        return new Check(Claim, outcome, finding);
    }
}
