namespace Alloc.Bench.Report;

/// <summary>Where the parts of a run say how far they are.</summary>
internal interface IProgressSink
{
    /// <summary>Begins a part; the one before it is done.</summary>
    void Begin(string part);

    /// <summary>How much of the current part is done, 0 to 1. Cheap enough for inner loops, but not for timed ones.</summary>
    void Report(double done);
}
