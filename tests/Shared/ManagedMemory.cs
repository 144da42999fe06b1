namespace Alloc.Tests;

internal static class ManagedMemory
{
    private const int Attempts = 20;

    /// <summary>Nothing is allocated per operation. What a slow machine makes happen now and then (a queue of chains that grows, a lock that was waited for, a background
    /// thread that is started again) is no part of an operation, so one attempt without any decides; an operation that allocates has none.</summary>
    public static void AssertNoneAllocated(Action work)
    {
        work();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < Attempts && least != 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }
}
