namespace Alloc.Bench.Compare;

/// <summary>What the user asked the comparer for.</summary>
internal sealed record CompareOptions
{
    /// <summary>Every workload that has a name on the command line.</summary>
    public static readonly string[] Everything = ["patterns", "values", "zipf", "mixed", "zap", "process", "latency", "memory"];

    public required int Entries { get; init; }

    /// <summary>The time for a scenario's passes.</summary>
    public required TimeSpan Time { get; init; }

    public required int MostPasses { get; init; }

    /// <summary>Names of key patterns.</summary>
    public required string[] Patterns { get; init; }

    public required string[] Workloads { get; init; }

    /// <summary>Parts of names of contenders; all where empty. The radix table always takes part.</summary>
    public required string[] Peers { get; init; }

    public string? TraceFile { get; init; }

    public string? JsonFile { get; init; }

    public string? BaselineFile { get; init; }

    public required string Artifacts { get; init; }

    public bool Quick { get; init; }
}
