using Alloc.Bench.Measure;
using Alloc.Bench.Peers;

namespace Alloc.Bench.Targets;

/// <summary>One operation by the table and its peers, chunk by chunk in turns: a row a peer.</summary>
internal static class TargetSeries
{
    public const int Chunk = 65_536;

    public static void Time(TargetPass pass, IClock clock, string operation, string[] peers, int items, ulong expected, ChunkWork[] works, int chunk = Chunk)
    {
        var series = new InterleavedSeries(operation, [PeerCatalog.All[0].Name, .. peers], clock);
        series.RunPass(items, chunk, expected, works);
        var contenders = series.Summarize().Contenders;
        for (var i = 0; i < peers.Length; i++)
        {
            pass.Rows.Add(new TargetRow(operation, peers[i], contenders[0].Median, contenders[i + 1].Median, series.FairPasses == 1));
        }
    }
}
