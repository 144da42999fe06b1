using Alloc.Bench.Measure;
using Alloc.Native;

namespace Alloc.Bench.Blocks;

/// <summary>
/// Nodes that grow through all sizes, in random order; then half of them shrink to a random size, and their owner moves what lies sparsely. What the
/// system says is resident, for each live byte.
/// </summary>
internal static unsafe class GrowthRun
{
    private static readonly int[] Steps = [64, 128, 192, 256, 384, 512, 768, 1024, 1280, 1536, 1792, 2048, 2560, 3072];

    public static GrowthFigures Run(int count)
    {
        using var allocator = new PageAllocator(new() { HugePages = HugePageUse.Never, Name = "growth" });
        var nodes = new nint[count];
        var step = new byte[count];
        var growing = new int[count];
        new Random(7).Shuffle(growing); // touches the pages of the array, as the fill below does
        nodes.AsSpan().Fill(1);
        var before = MemorySampler.ResidentBytesAfterCollection();
        for (var i = 0; i < count; i++)
        {
            (growing[i], nodes[i]) = (i, Take(Steps[0]));
        }

        var random = new Random(7);
        var worst = 0.0;
        for (long left = count, resized = 0; left > 0; resized++)
        {
            var at = random.Next((int)left);
            var node = growing[at];
            Resize(node, step[node] + 1);
            if (step[node] == Steps.Length - 1)
            {
                growing[at] = growing[--left];
            }

            if (resized % count == count - 1)
            {
                worst = Math.Max(worst, Ratio());
            }
        }

        allocator.Trim();
        var grown = Ratio();
        var halves = Enumerable.Range(0, count).ToArray();
        random.Shuffle(halves);
        foreach (var node in halves.AsSpan(0, count / 2))
        {
            for (var target = random.Next(Steps.Length - 1); step[node] > target;)
            {
                Resize(node, step[node] - 1);
            }
        }

        allocator.Trim();
        var shrunk = Ratio();
        for (var moved = count; moved > count / 100;)
        {
            moved = 0;
            for (var i = 0; i < count; i++)
            {
                if (allocator.IsSparse((byte*)nodes[i]) && allocator.TryAllocateBlockDense(Steps[step[i]], out var block))
                {
                    allocator.FreeBlock((byte*)nodes[i]);
                    nodes[i] = (nint)block;
                    moved++;
                }
            }

            allocator.Trim();
        }

        var compacted = Ratio();
        foreach (var node in nodes)
        {
            allocator.FreeBlock((byte*)node);
        }

        return new(worst, grown, shrunk, compacted);

        double Ratio() => (double)(MemorySampler.ResidentBytes() - before) / allocator.GetStatistics().LiveBytes;

        nint Take(int bytes)
        {
            if (!allocator.TryAllocateBlockUninitialized(bytes, out var block))
            {
                throw new InvalidOperationException("No memory for the nodes.");
            }

            // Resident means touched.
            new Span<byte>(block, bytes).Fill(1);
            return (nint)block;
        }

        void Resize(int node, int target)
        {
            var block = Take(Steps[target]);
            allocator.FreeBlock((byte*)nodes[node]);
            nodes[node] = block;
            step[node] = (byte)target;
        }
    }
}

/// <summary>Resident bytes for each live one: the worst while they grow, when all have grown and after <c>Trim</c>, when half have shrunk and after <c>Trim</c>, and after moving.</summary>
internal sealed record GrowthFigures(double Worst, double Grown, double Shrunk, double Compacted);
