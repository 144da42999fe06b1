using Alloc.Bench.Measure;

namespace Alloc.Bench.Compare;

/// <summary>Memory of one index in a process of its own, bytes an entry.</summary>
/// <param name="Live">What the index holds: its nodes, or the managed heap that it keeps alive. Not a number where it cannot say.</param>
/// <param name="Resident">By how much the process grew, after a full collection.</param>
internal sealed record MemoryFigures(string Name, double Live, double Resident);

/// <summary>All operations on one set of keys.</summary>
internal sealed record CompareSet(string Keys, int Entries, List<SeriesResult> Operations, List<MemoryFigures> Memory);

internal sealed record CompareFigures(List<CompareSet> Sets);
