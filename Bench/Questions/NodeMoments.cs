using Alloc.Bench.Measure;
using Alloc.Bench.Report;
using Alloc.Bench.Workloads;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Questions;

/// <summary>
/// What a neighbourhood of keys costs while it fills: the k-th insert into each of many separate neighbourhoods of 512 keys, and the k-th removal from
/// them. Where a node grows, turns into another kind or shrinks, the line has a peak; between the peaks stands what a kind costs.
/// </summary>
internal sealed class NodeMoments(bool neighbours) : IQuestion
{
    private const int Span = 512;

    public string Name => neighbours ? "moments-neighbours" : "moments-scattered";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        var spans = sizes.IsQuick ? 64 : 512;
        var (insert, remove, bytes) = (new double[Span], new double[Span], new double[Span]);
        string kinds = "";
        for (var pass = 0; pass < sizes.Passes; pass++)
        {
            stop.ThrowIfCancellationRequested();
            kinds = Pass(spans, insert, remove, bytes);
        }

        double[] ks = [.. Enumerable.Range(1, Span).Select(k => (double)k)];
        var (worstInsert, worstRemove) = (Array.IndexOf(insert, insert.Max()), Array.IndexOf(remove, remove.Max()));
        var what = neighbours ? "neighbouring keys in ascending order" : "keys in random order";
        return new Answer($"What does a node cost while it grows and shrinks? {(neighbours ? "Neighbours" : "Scattered keys")}",
            $"Filling neighbourhoods of 512 {what} an insert takes {Format.Duration(Quantiles.Median(insert))} at the median of all fills; the most expensive moment is key number {worstInsert + 1} "
                + $"of a neighbourhood with {Format.Duration(insert.Max())}. Emptying them a removal takes {Format.Duration(Quantiles.Median(remove))}, at most "
                + $"{Format.Duration(remove.Max())} with {worstRemove} keys left. {kinds}",
            new Drawing($"The k-th key of a neighbourhood, {what}", "Least of the passes of the mean over all neighbourhoods; the vertical axis is logarithmic.", "keys in the neighbourhood", "time of an operation",
            [
                new ChartSeries("insert", Palette.Of("RadixTable"), ks, insert),
                new ChartSeries("removal, back to this many", Palette.Of("None"), ks, remove),
            ])
            {
                LogY = true,
                Times = true,
            })
        {
            Table = new DataTable(["keys in a neighbourhood", "insert", "removal", "bytes an entry"],
                [.. ((int[])[1, 2, 4, 8, 16, 32, 40, 64, 128, 256, 384, 512]).Select(k => (string[])
                    [Format.Number(k), Format.Duration(insert[k - 1]), Format.Duration(remove[k - 1]), Format.Number(bytes[k - 1], 1)])]),
        };
    }

    private string Pass(int spans, double[] insert, double[] remove, double[] bytes)
    {
        using var allocator = new PageAllocator();
        using var domain = new RcuDomain();
        using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = allocator, Domain = domain });
        var random = new SplitMix64(31);
        ulong[] bases = [.. Enumerable.Range(0, spans).Select(_ => random.Next() & ((1UL << 48) - Span)).Distinct()];
        var orders = bases.Select(_ =>
        {
            ulong[] offsets = [.. Enumerable.Range(0, Span).Select(i => (ulong)i)];
            if (!neighbours)
            {
                random.Shuffle(offsets);
            }

            return offsets;
        }).ToArray();
        void Least(double[] best, int k, double took) => best[k] = best[k] == 0 ? took : Math.Min(best[k], took);
        for (var k = 0; k < Span; k++)
        {
            var began = CpuTime.OfThread();
            for (var i = 0; i < bases.Length; i++)
            {
                table[bases[i] + orders[i][k]] = 1;
            }

            Least(insert, k, (double)(CpuTime.OfThread() - began) / bases.Length);
            bytes[k] = table.GetStatistics().TableBytes / (double)(bases.Length * (k + 1));
        }

        var full = table.GetStatistics();
        for (var k = Span - 1; k >= 0; k--)
        {
            var began = CpuTime.OfThread();
            for (var i = 0; i < bases.Length; i++)
            {
                table.TryRemove(bases[i] + orders[i][k], out _);
            }

            Least(remove, k, (double)(CpuTime.OfThread() - began) / bases.Length);
        }

        domain.Barrier();
        return $"Full, they were {Format.Number(full.Tables)} tables for {Format.Number(full.Entries)} keys.";
    }
}
