using Alloc.Bench.Workloads;

namespace Alloc.Bench.Peers;

/// <summary>Checksums of ordered scans.</summary>
internal static class Folds
{
    /// <summary>What a user of an index without order does who needs one: he has copied the pairs, and sorts them.</summary>
    public static ulong Sorted<TValue>(KeyValuePair<ulong, TValue>[] pairs)
        where TValue : unmanaged
    {
        Array.Sort(pairs, static (a, b) => a.Key.CompareTo(b.Key));
        var sum = 0UL;
        foreach (var (key, value) in pairs)
        {
            sum = KeySet.ScanStep(sum, key, Payload.Word(value));
        }

        return sum;
    }
}
