namespace Alloc.Bench.Rcu;

/// <summary>How much a pass does.</summary>
/// <param name="ReadsAThread">Sections a thread where one and two threads are compared.</param>
internal sealed record RcuSizes(int Reads, int ReadChunk, int Defers, int DeferChunk, int Waits, int WaitChunk, int ReadsAThread)
{
    public static RcuSizes Full { get; } = new(1 << 20, 1 << 16, 1 << 20, 1 << 18, 512, 64, 1 << 24);

    /// <summary>Enough calls of each loop that it is compiled for good before it is timed.</summary>
    public static RcuSizes Warm { get; } = new(4096, 512, 4096, 512, 32, 4, 4096);
}
