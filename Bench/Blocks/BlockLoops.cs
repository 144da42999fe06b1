using System.Runtime.CompilerServices;

namespace Alloc.Bench.Blocks;

/// <summary>The timed loops. The checksum is the number of blocks that were given out.</summary>
internal static unsafe class BlockLoops
{
    /// <summary>A block taken and given back at once.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Pairs<THeap>(THeap heap, int bytes, int count)
        where THeap : struct, IBlockHeap
    {
        var given = 0UL;
        for (var i = 0; i < count; i++)
        {
            var block = heap.Take(bytes);
            if (block != null)
            {
                given++;
                heap.Put(block);
            }
        }

        return given;
    }

    /// <summary>Many blocks are out; one after the other, at random, is replaced by one of a random size.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Mixed<THeap>(THeap heap, MixedLoad load, nint[] live, int start, int count)
        where THeap : struct, IBlockHeap
    {
        var given = 0UL;
        var (slots, sizes) = (load.Slots, load.Sizes);
        for (var i = start; i < start + count; i++)
        {
            ref var place = ref live[slots[i & (MixedLoad.Length - 1)]];
            heap.Put((void*)place);
            place = (nint)heap.Take(sizes[i & (MixedLoad.Length - 1)]);
            given += place != 0 ? 1UL : 0;
        }

        return given;
    }

    public static void Fill<THeap>(THeap heap, nint[] live, int bytes)
        where THeap : struct, IBlockHeap
    {
        for (var i = 0; i < live.Length; i++)
        {
            live[i] = (nint)heap.Take(bytes);
        }
    }

    public static void Empty<THeap>(THeap heap, nint[] live)
        where THeap : struct, IBlockHeap
    {
        foreach (var block in live)
        {
            heap.Put((void*)block);
        }
    }
}

/// <summary>Which block is replaced by one of which size: the same for all.</summary>
internal sealed class MixedLoad
{
    public const int Length = 1 << 18;

    public MixedLoad(int live, int most)
    {
        Live = live;
        Most = most;
        var random = new Random(7);
        for (var i = 0; i < Length; i++)
        {
            Slots[i] = random.Next(live);
            Sizes[i] = random.Next(1, most + 1);
        }
    }

    public int Live { get; }

    public int Most { get; }

    public int[] Slots { get; } = new int[Length];

    public int[] Sizes { get; } = new int[Length];
}
