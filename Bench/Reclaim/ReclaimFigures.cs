namespace Alloc.Bench.Reclaim;

/// <summary>What the table and the process held after a step of the loop, in bytes.</summary>
internal readonly record struct MemorySample(int Step, long TableBytes, long PendingBytes, long ResidentBytes);

/// <summary>Durations of the removals, in nanoseconds, and the curve of how many took at most how long.</summary>
internal sealed record LatencyFigures(
    long Count, double Mean, long P50, long P90, long P99, long P999, long Maximum, double FractionBelow4Microseconds, List<double[]> Curve);

/// <summary>One loop of map 2 MiB, drop 2 MiB, in one mode of reclaim.</summary>
/// <param name="LongestSectionSteps">The most steps that passed while the reader was held inside one section.</param>
/// <param name="StrandedBytes">What the allocator still had out after the table was disposed.</param>
internal sealed record ReclaimRun(
    string Mode, bool BatchesRefused, double Seconds, long PeakBytes, long PeakTableBytes, long FinalTableBytes, long FinalPendingBytes, long FinalDirectories, long FinalLeafTables,
    long ReclaimedPages, long Batches, long BatchedNodes, long Singles, long SynchronousWaits, long BatchRefusals,
    long StrandedBytes, long StartResidentBytes, long PeakResidentBytes, long FinalResidentBytes, long ReaderSections, long ReaderHits, int LongestSectionSteps, LatencyFigures Removal, List<MemorySample> Samples)
{
    /// <summary>Which attempt this is: a loop whose reader the machine stopped for too long decides nothing and is run again.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>What was dropped during the longest section: no grace period could end before it.</summary>
    public long HeldBackBytes => LongestSectionSteps * 4096L;

    /// <summary>By how much the process grew during the loop, at most and in the end.</summary>
    public long PeakGrowth => PeakResidentBytes - StartResidentBytes;

    public long FinalGrowth => FinalResidentBytes - StartResidentBytes;

    public string Name => BatchesRefused ? Mode + ", no batches" : Mode;
}

internal sealed record ReclaimFigures(int Steps, int PagesPerStep, List<ReclaimRun> Runs);
