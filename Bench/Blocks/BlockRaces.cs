using Alloc.Bench.Measure;
using Alloc.Bench.Peers.Native;
using Alloc.Bench.Rcu;
using Alloc.Native;

namespace Alloc.Bench.Blocks;

/// <summary>Pairs and mixed loads in turns with the C library and mimalloc. The first contender of each race is the reference.</summary>
internal sealed class BlockRaces : IDisposable
{
    public const string CLibrary = "NativeMemory.Alloc and Free";
    public const string Implicit = "PageAllocator";
    public const string Handle = "PageCache";
    public const string MimallocName = "mimalloc";

    /// <summary>At least 1.5 times as fast.</summary>
    private const double Limit = 1 / 1.5;

    public static readonly int[] Sizes = [16, 64, 256, 1024, 1536, 3072];
    public static readonly int[] Live = [1_000, 10_000];

    private readonly PageAllocator _allocator = new(new() { Name = "blocks" });
    private readonly PageCache _cache;
    private readonly List<Action> _ends = [];
    private readonly int _items;
    private readonly int _chunk;

    public BlockRaces(IClock clock, int items, int chunk)
    {
        (_items, _chunk) = (items, chunk);
        _cache = _allocator.CreateCache();
        All = [.. Sizes.Select(bytes => Pairs(clock, bytes)), .. Live.Select(live => Mixed(clock, new MixedLoad(live, 1024)))];
    }

    public Race[] All { get; }

    public void RunPass()
    {
        foreach (var race in All)
        {
            race.RunPass();
        }
    }

    /// <summary>Gives back what the mixed loads hold; throws if something of the allocator's is out then.</summary>
    public void Dispose()
    {
        _ends.ForEach(end => end());
        _cache.Dispose();
        if (_allocator.GetStatistics().LiveBlocks != 0)
        {
            throw new InvalidOperationException("A block is still out.");
        }

        _allocator.Dispose();
    }

    private Race Pairs(IClock clock, int bytes) => new($"{bytes} bytes, taken and given back", clock, new Amount(_items, _chunk),
    [
        Pair(CLibrary, default(CLibraryHeap), bytes),
        Pair(Implicit, new ImplicitHeap(_allocator), bytes, Limit),
        Pair(Handle, new HandleHeap(_cache), bytes, Limit),
        Mimalloc.IsInstalled ? Pair(MimallocName, default(MimallocHeap), bytes) : null,
    ]);

    private Race Mixed(IClock clock, MixedLoad load) => new($"{load.Live} live of 1 to {load.Most} bytes, one replaced", clock, new Amount(_items, _chunk),
    [
        Mix(CLibrary, default(CLibraryHeap), load),
        Mix(Implicit, new ImplicitHeap(_allocator), load, Limit),
        Mix(Handle, new HandleHeap(_cache), load, Limit),
        Mimalloc.IsInstalled ? Mix(MimallocName, default(MimallocHeap), load) : null,
    ]);

    private static Contender Pair<THeap>(string name, THeap heap, int bytes, double? limit = null)
        where THeap : struct, IBlockHeap => new(name, (_, count) => BlockLoops.Pairs(heap, bytes, count), limit);

    private Contender Mix<THeap>(string name, THeap heap, MixedLoad load, double? limit = null)
        where THeap : struct, IBlockHeap
    {
        var live = new nint[load.Live];
        BlockLoops.Fill(heap, live, load.Most / 2);
        _ends.Add(() => BlockLoops.Empty(heap, live));
        return new(name, (start, count) => BlockLoops.Mixed(heap, load, live, start, count), limit);
    }
}
