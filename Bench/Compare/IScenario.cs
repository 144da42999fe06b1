using Alloc.Bench.Measure;

namespace Alloc.Bench.Compare;

/// <summary>A load that several contenders take in turns; a pass is one sample of each of its operations.</summary>
internal interface IScenario : IDisposable
{
    string Name { get; }

    int Entries { get; }

    /// <summary>The operations that are timed, each a series over the contenders that can do it.</summary>
    IReadOnlyList<InterleavedSeries> Series { get; }

    void RunPass();
}
