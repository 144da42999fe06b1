namespace Alloc.Bench.Report;

/// <summary>Says nothing: for warming up, and for tests.</summary>
internal sealed class SilentProgress : IProgressSink
{
    public void Begin(string part)
    {
    }

    public void Report(double done)
    {
    }
}
