namespace Alloc.Bench.Targets;

/// <summary>One operation by the table and by one peer, in one process, chunks in turns.</summary>
/// <param name="Fair">Whether the machine was equally fast beside both.</param>
internal sealed record TargetRow(string Operation, string Peer, double TableNanoseconds, double PeerNanoseconds, bool Fair)
{
    /// <summary>How many times as long the peer takes.</summary>
    public double Factor => PeerNanoseconds / TableNanoseconds;
}

/// <summary>What one process found on one pattern of keys.</summary>
internal sealed record TargetPass(string Pattern, int Entries)
{
    public List<TargetRow> Rows { get; init; } = [];

    /// <summary>Figures of the table alone (bytes, nanoseconds, factors), by name.</summary>
    public Dictionary<string, double> Alone { get; init; } = [];
}
