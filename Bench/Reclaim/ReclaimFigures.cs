using System.Text.Json.Serialization;
using Alloc.Bench.Measure;
using Alloc.PageTable;

namespace Alloc.Bench.Reclaim;

/// <summary>What the table and the process held after a step of the loop, in bytes.</summary>
internal readonly record struct MemorySample(int Step, long TableBytes, long PendingBytes, long ResidentBytes);

/// <summary>The resident size of the process: before the loop, at most during it, and after the last grace period.</summary>
internal readonly record struct ResidentFigures(long Start, long Peak, long End)
{
    [JsonIgnore]
    public long PeakGrowth => Peak - Start;

    [JsonIgnore]
    public long EndGrowth => End - Start;
}

/// <summary>What the reader did during the loop.</summary>
/// <param name="LongestSectionSteps">The most steps that passed while it was held inside one section.</param>
internal readonly record struct ReaderFigures(long Sections, long Hits, int LongestSectionSteps);

/// <summary>One loop of map 2 MiB, drop 2 MiB, in one mode of reclaim.</summary>
internal sealed record ReclaimRun(string Mode, bool BatchesRefused)
{
    public string Name => BatchesRefused ? Mode + ", no batches" : Mode;

    /// <summary>Which attempt this is: a loop whose reader the machine stopped for too long decides nothing and is run again.</summary>
    public int Attempts { get; init; } = 1;

    public double Seconds { get; init; }

    /// <summary>The most that the table and what waits for a grace period took together, looked at twice a step.</summary>
    public long PeakBytes { get; init; }

    public long PeakTableBytes { get; init; }

    /// <summary>The table's own figures after the last grace period.</summary>
    public RadixTableStatistics AtEnd { get; init; }

    /// <summary>What the allocator still had out after the table was disposed.</summary>
    public long StrandedBytes { get; init; }

    public ResidentFigures Resident { get; init; }

    public ReaderFigures Reader { get; init; }

    /// <summary>What was dropped during the longest section: no grace period could end before it.</summary>
    public long HeldBackBytes => Reader.LongestSectionSteps * 4096L;

    public required LatencyFigures Removal { get; init; }

    public List<MemorySample> Samples { get; init; } = [];
}

internal sealed record ReclaimFigures(int Steps, int PagesPerStep, List<ReclaimRun> Runs);
