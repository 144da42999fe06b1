using System.Collections.Concurrent;
using Alloc.Native;

namespace Alloc.Bench.Blocks;

/// <summary>
/// Buckets that random keys come into: a line of 64 bytes, and one more for every four keys, so that a block is replaced by a larger one at every fourth.
/// What is left goes back in batches of 509 by another thread. Bytes of the blocks' pages for each live one, at the end.
/// </summary>
internal static unsafe class NodeRun
{
    private const int Batch = 509, Line = 64, KeysALine = 4;

    public static double Run(int keys, int keysANode, bool many)
    {
        using var allocator = new PageAllocator(new() { Name = "nodes" });
        var nodes = new nint[keys / keysANode];
        var held = new int[nodes.Length];
        using var batches = new BlockingCollection<nuint[]>(boundedCapacity: 4);
        var freeing = Task.Factory.StartNew(() =>
        {
            foreach (var batch in batches.GetConsumingEnumerable())
            {
                Free(allocator, batch, many);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var left = new List<nuint>(Batch);
        var random = new Random(11);
        for (var i = 0; i < keys; i++)
        {
            var node = random.Next(nodes.Length);
            if (held[node]++ % KeysALine != 0)
            {
                continue;
            }

            if (!allocator.TryAllocateBlockUninitialized(Math.Min(PageAllocator.MaxBlockSize, Line + (Line * ((held[node] + KeysALine - 1) / KeysALine))), out var block))
            {
                throw new InvalidOperationException("No memory for the nodes.");
            }

            if (nodes[node] != 0)
            {
                left.Add((nuint)nodes[node]);
            }

            nodes[node] = (nint)block;
            if (left.Count == Batch)
            {
                batches.Add([.. left]);
                left.Clear();
            }
        }

        batches.Add([.. left]);
        batches.CompleteAdding();
        freeing.Wait();
        var statistics = allocator.GetStatistics();
        Free(allocator, [.. nodes.Where(node => node != 0).Select(node => (nuint)node)], many: true);
        return (double)statistics.SlabBytes / statistics.LiveBytes;
    }

    private static void Free(PageAllocator allocator, nuint[] batch, bool many)
    {
        if (many)
        {
            allocator.FreeMany(batch);
            return;
        }

        foreach (var block in batch)
        {
            allocator.FreeBlock((byte*)block);
        }
    }
}
