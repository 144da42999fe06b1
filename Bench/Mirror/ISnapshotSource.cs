namespace Alloc.Bench.Mirror;

/// <summary>Something real that changes and can be read as ascending (key, word) pairs.</summary>
internal interface ISnapshotSource : IDisposable
{
    /// <summary>What is indexed, in a few words for the report.</summary>
    string Description { get; }

    /// <summary>What one key is: a page, a file.</summary>
    string KeyMeaning { get; }

    /// <summary>Replaces the snapshot's content by what is there now. Not atomic: the source may change meanwhile.</summary>
    void Read(Snapshot into);

    /// <summary>The kernel's own page tables for the same thing, in bytes; null where there is no such number.</summary>
    long? KernelTableBytes();
}
