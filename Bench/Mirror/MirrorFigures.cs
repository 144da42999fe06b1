namespace Alloc.Bench.Mirror;

/// <summary>One reading of the source, brought into the table.</summary>
/// <param name="Added">Keys that were not in the table before.</param>
/// <param name="Updated">Keys whose word had changed.</param>
/// <param name="Removed">Keys that the source no longer had; removed as ranges.</param>
/// <param name="Spans">Aligned spans of 512 keys that hold an entry: last-level tables of a hardware page table.</param>
internal sealed record MirrorRound(
    string What, int Entries, int Spans, long Added, long Updated, long Removed,
    long Tables, long TableBytes, long? KernelTableBytes, double ReadMilliseconds, double ApplyMilliseconds, double VerifyMilliseconds)
{
    public double BytesPerEntry => Entries == 0 ? double.NaN : (double)TableBytes / Entries;
}

/// <summary>The mirror of one thing: built once, then followed while it changes.</summary>
internal sealed record MirrorFigures(string Source, string KeyMeaning, List<string> Notes, List<MirrorRound> Rounds);
